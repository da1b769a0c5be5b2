"""How the command line ends when something is in its way."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gitops.cli import exits
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine, started

needs_rights = pytest.mark.skipif(os.geteuid() == 0, reason="rights do not bind root")


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_reader_that_leaves_early_is_no_error(checkout: Checkout, output: str):
    process = started(checkout.folder, "preview", "--base", "none", "--output", output)
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) == exits.DONE
    assert errors == ""


@pytest.mark.thorough
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "2>&1 | head -n 1"])
@pytest.mark.parametrize("refused", [False, True])
def test_the_verdict_counts_whoever_listens(checkout: Checkout, closed: str, refused: bool):
    if refused:
        checkout.edit("Pulumi.staging.yaml", "gpu: nvidia-l4", "gpu: nvidia-l44")
    shell = f"set -o pipefail; {sys.executable} -m gitops check {closed}"
    done = subprocess.run(
        ["bash", "-c", shell], cwd=checkout.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == (exits.REFUSED if refused else exits.DONE)
    assert "Traceback" not in done.stdout + done.stderr


def test_a_full_disk_is_one_line(checkout: Checkout):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gitops", "check"], cwd=checkout.folder, text=True,
            stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == exits.REFUSED
    assert done.stderr == "system: No space left on device; free space there\n"


@needs_rights
@pytest.mark.parametrize("name", ["models/qwen3-0.6b.yaml", "Pulumi.dev.yaml"])
def test_a_file_without_rights_is_named(command_line: CommandLine, checkout: Checkout, name: str):
    (checkout.folder / name).chmod(0)
    ended = command_line("preview", "--base", "none")
    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert f"{name}: cannot be read: Permission denied; check its name and rights" in ended.err


@pytest.mark.parametrize("name", ["models/odd.yaml", "Pulumi.odd.yaml"])
def test_a_folder_with_the_name_of_a_file_is_named(
    command_line: CommandLine, checkout: Checkout, name: str
):
    (checkout.folder / name).mkdir()
    ended = command_line("preview", "--base", "none")
    assert ended.code == exits.REFUSED
    assert ended.err.startswith(name)
    assert len(ended.err.splitlines()) == 1


def test_a_place_that_cannot_be_written_is_named(command_line: CommandLine, tmp_path: Path):
    (tmp_path / "file").touch()
    ended = command_line("render", "dev", "--out", str(tmp_path / "file" / "out"))
    assert ended.code == exits.REFUSED
    assert str(tmp_path / "file") in ended.err
    assert ended.err.endswith("; move what is there, or name another place\n")


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.ENOSPC, "free space there"),
        (errno.EACCES, "check your rights there, or name another place"),
        (errno.EROFS, "check your rights there, or name another place"),
        (errno.EEXIST, "move what is there, or name another place"),
        (errno.ENOTDIR, "move what is there, or name another place"),
        (errno.ENAMETOOLONG, "use a shorter name"),
        (errno.ENOENT, "check that its folder is there and takes files, and the one you are in"),
        (errno.EIO, "check rights and space"),
    ],
)
def test_what_the_system_refuses_has_the_cure_of_its_cause(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, number: int, cure: str
):
    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number), "place")

    monkeypatch.setattr("gitops.cli.main.app", refuse)
    ended = command_line("preview")
    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert ended.err == f"place: {os.strerror(number)}; {cure}\n"


def test_a_folder_that_was_deleted_meanwhile_is_what_is_said(
    command_line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    ended = command_line("preview")
    assert ended.code == exits.REFUSED
    assert ended.err.endswith("takes files, and the one you are in\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("preview", "dev"), ("preview", "--base", "HEAD"), ("preview", "--exit-code"),
        ("history", "production"), ("promote", "staging", "production"),
    ],
)  # fmt: skip
def test_a_repository_on_a_machine_without_git_is_refused_and_not_taken_for_new(
    command_line: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
):
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = command_line(*arguments)
    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert ended.err == "git is not on PATH; install it\n"


def test_a_plan_as_json_says_that_git_is_missing(
    command_line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = command_line("preview", "--output", "json")
    assert ended.code == exits.REFUSED
    assert "git is not on PATH" in ended.out
    assert '"stacks": []' in ended.out


def test_a_folder_without_a_repository_compares_with_nothing(
    command_line: CommandLine, checkout: Checkout
):
    shutil.rmtree(checkout.folder / ".git")
    ended = command_line("preview", "dev")
    assert ended.code == exits.DONE
    assert "not a Git repository" in " ".join(ended.out.split())


def test_debug_shows_where_it_went_wrong(command_line: CommandLine, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        command_line("--debug", "render", "dev", "--out", str(tmp_path / "file" / "out"))
