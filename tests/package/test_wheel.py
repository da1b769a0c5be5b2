"""What is in the wheel, by its names and texts; test_installed.py installs one."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from gitops import VERSION
from package.wheel import MOVED, PACKAGE, ROOT, build_wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return folder / build_wheel(str(folder))


def named(wheel: Path) -> list[str]:
    with ZipFile(wheel) as files:
        return files.namelist()


@pytest.mark.thorough
def test_only_one_name_lands_in_an_environment(wheel: Path):
    tops = {name.partition("/")[0] for name in named(wheel)}
    assert tops == {PACKAGE, f"{PACKAGE}-{VERSION}.dist-info"}


def test_no_module_of_the_wheel_imports_a_room_by_its_short_name(wheel: Path):
    with ZipFile(wheel) as files:
        sources = {n: files.read(n).decode() for n in files.namelist() if n.endswith(".py")}
    found = {
        name: sorted(short & MOVED)
        for name, source in sources.items()
        if (short := {module.partition(".")[0] for module in modules(source)}) & MOVED
    }
    assert found == {}


def modules(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


@pytest.mark.thorough
def test_the_same_sources_make_the_same_bytes(wheel: Path, tmp_path: Path):
    assert (tmp_path / build_wheel(str(tmp_path))).read_bytes() == wheel.read_bytes()


def test_it_requires_what_the_lock_files_are_made_from(wheel: Path):
    with ZipFile(wheel) as files:
        told = files.read(f"{PACKAGE}-{VERSION}.dist-info/METADATA").decode()
    required = [line for line in told.splitlines() if line.startswith("Requires-Dist: ")]
    assert "Requires-Dist: pulumi>=3.259,<4" in required
    assert "Requires-Dist: typer>=0.29" in required


def test_the_command_of_the_project_is_that_of_the_wheel(wheel: Path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with ZipFile(wheel) as files:
        told = files.read(f"{PACKAGE}-{VERSION}.dist-info/entry_points.txt").decode()
    assert f"localai-gitops = {project['scripts']['localai-gitops']}" in told


def test_tests_and_equipment_stay_out(wheel: Path):
    inside = {name.split("/")[1] for name in named(wheel) if name.startswith(f"{PACKAGE}/")}
    assert not inside & {"tests", "sandbox", "benchmarks", "judges", "package", "policy"}
    assert not [name for name in named(wheel) if "__pycache__" in name]
