"""The wheel in an environment of its own, over a repository that holds stacks and models alone."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from gitops import VERSION
from package.wheel import build_wheel
from tests.gitops.checkouts import Checkout, new_checkout
from tests.support.project import PROJECT, ROOT, write_project

pytestmark = pytest.mark.wheel

PROGRAM = "from localai_gitops import deploy\n\ndeploy(__file__)\n"
# The mock of the engine, around the program of the folder that it runs in.
_REGISTERED = """
import sys
from pprint import pprint
from runpy import run_path

sys.path.append(sys.argv[1])
from tests.engine import run, stack_config

made = run(
    lambda: run_path("__main__.py", run_name="__main__"),
    stack="dev", config=stack_config("dev"),
)
pprint(sorted(made.registrations, key=lambda one: one.urn))
"""


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An environment with the wheel, a repository, and the folder of wheels of two versions."""

    programs: Path
    repository: Checkout
    wheels: Path
    cache: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command in a folder of the repository, as a person does."""
        return subprocess.run(
            [str(self.programs / "localai-gitops"), *arguments],
            cwd=self.repository.folder / "models", capture_output=True, text=True, check=False,
            env={
                **os.environ, "XDG_CACHE_HOME": str(self.cache), "COLUMNS": "200",
                "PIP_FIND_LINKS": str(self.wheels), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1",
            },
        )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    top = tmp_path_factory.mktemp("elsewhere")
    wheels = top / "wheels"
    wheels.mkdir()
    name = build_wheel(str(wheels))
    write_older(wheels, name)
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, str(top / "env")], check=True
    )
    programs = top / "env" / "bin"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", str(programs / "python"),
         "--constraint", str(ROOT / "requirements.txt"), "--no-verify-hashes", str(wheels / name)],
        check=True,
    )  # fmt: skip
    write_borrowed(wheels, next((top / "env" / "lib").glob("*/site-packages")))
    repository = new_checkout(top / "repository")
    write_project(repository.folder)
    repository.write("__main__.py", PROGRAM)
    repository.write("requirements.txt", f"localai-gitops=={VERSION}\n")
    repository.commit("Declare our stacks")
    return Installed(programs=programs, repository=repository, wheels=wheels, cache=top / "cache")


def test_it_says_its_version(installed: Installed):
    assert installed.run("--version").stdout == f"localai-gitops {VERSION}\n"


def test_the_stacks_are_valid_there_too(installed: Installed):
    done = installed.run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no problems found" in done.stdout


def test_it_writes_a_repository_that_requires_it(installed: Installed, tmp_path: Path):
    done = installed.run("init", str(tmp_path / "ours"), "--gpu", "nvidia-l4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "ours" / "requirements.txt").read_text() == f"localai-gitops=={VERSION}\n"
    assert (tmp_path / "ours" / "__main__.py").read_text().endswith(PROGRAM)


def test_it_renders_the_bytes_that_the_checkout_renders(installed: Installed, tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    assert installed.run("render", "--all", "--out", str(there)).returncode == 0
    subprocess.run(
        [sys.executable, str(ROOT / "gitops/command.py"), "render", "--all", "--out", str(here)],
        cwd=PROJECT, check=True, capture_output=True,
    )  # fmt: skip
    assert contents(there) == contents(here)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_engine_is_told_of_the_same_resources(installed: Installed, tmp_path: Path):
    elsewhere = registered(installed.programs / "python", installed.repository.folder)
    assert elsewhere == registered(Path(sys.executable), write_project(tmp_path / "here"))
    assert "urn:pulumi:dev::localai::" in elsewhere


def registered(python: Path, folder: Path) -> str:
    done = subprocess.run(
        [str(python), "-c", _REGISTERED, str(ROOT)], cwd=folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_base_is_rendered_by_the_installed_tool(installed: Installed):
    done = installed.run("preview", "--base", "HEAD", "--exit-code")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("no change") == 3


def test_the_plan_of_an_upgrade_shows_what_the_new_version_does(installed: Installed):
    done = installed.run("preview", "dev", "--base", upgraded(installed, "0.0.1"))
    told = " ".join(done.stdout.split())
    assert f"localai-gitops 0.0.1 -> {VERSION}: the base was rendered by its own version" in told
    assert "image: docker.io/library/python:3.12.0" in told


def test_a_plan_says_so_where_the_version_before_cannot_be_installed(installed: Installed):
    done = installed.run("preview", "dev", "--base", upgraded(installed, "0.0.0"))
    told = " ".join(done.stdout.split())
    assert f"localai-gitops 0.0.0 -> {VERSION}: the base's version cannot be installed" in told
    assert "what the upgrade itself changes is not in this plan" in told


def upgraded(installed: Installed, before: str) -> str:
    """Commit an upgrade from a version to the one that is installed; return the commit before."""
    installed.repository.write("requirements.txt", f"localai-gitops=={before}\nborrowed==1\n")
    base = installed.repository.commit("Require the version before")
    installed.repository.write("requirements.txt", f"localai-gitops=={VERSION}\n")
    installed.repository.commit("Upgrade")
    return base


def write_older(wheels: Path, name: str) -> None:
    """Write version 0.0.1 of a wheel: its Jobs ran an earlier Python."""
    new = wheels / name.replace(VERSION, "0.0.1")
    with ZipFile(wheels / name) as old, ZipFile(new, "w") as older:
        for path in old.namelist():
            content = old.read(path).replace(b"python:3.13.9", b"python:3.12.0")
            if path.endswith(("METADATA", "gitops/__init__.py", "RECORD")):
                content = content.replace(VERSION.encode(), b"0.0.1")
            older.writestr(path.replace(VERSION, "0.0.1"), content)


def write_borrowed(wheels: Path, site: Path) -> None:
    """Write a wheel that leads to the libraries of an environment, so that none is downloaded."""
    info = "borrowed-1.dist-info"
    with ZipFile(wheels / "borrowed-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("borrowed.pth", f"{site}\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: borrowed\nVersion: 1\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
