from pathlib import Path

import pytest

from sandbox.toolchain.go import GoError, assemble
from sandbox.toolchain.tools import TOOLS
from tests.sandbox.toolchain import fake_go

BY_NAME = {tool.name: tool for tool in TOOLS}
BUILDS = """
case "$1" in
env) echo go1.30.0 ;;
list) echo "$MODULE" ;;
build) for word in "$@"; do case "$word" in -o=*) echo program > "${word#-o=}" ;; esac; done ;;
esac
"""


def test_one_binary_has_the_name_of_every_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake_go.install(tmp_path / "path", monkeypatch, BUILDS)
    (tmp_path / "tool").mkdir()
    assemble(BY_NAME["kubernetes"], tmp_path / "tool")
    programs = {path.name: path.read_text() for path in (tmp_path / "tool" / "bin").iterdir()}
    assert programs == dict.fromkeys(BY_NAME["kubernetes"].programs, "program\n")


def test_side_files_come_out_of_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake_go.install(tmp_path / "path", monkeypatch, BUILDS)
    monkeypatch.setenv("MODULE", str(tmp_path / "module"))
    for file in BY_NAME["kwok"].files:
        source = tmp_path / "module" / file.path
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(file.path)
    (tmp_path / "tool").mkdir()
    assemble(BY_NAME["kwok"], tmp_path / "tool")
    assert len(list((tmp_path / "tool" / "share" / "stages").iterdir())) == 5


def test_an_old_go_is_refused_before_it_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake_go.install(tmp_path / "path", monkeypatch, "echo go1.19.8")
    with pytest.raises(GoError, match=r"1\.26\.3 or newer, and this machine has 1\.19\.8"):
        assemble(BY_NAME["kwok"], tmp_path)


def test_no_go_is_told_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GoError, match=r"none is on PATH\. Install it"):
        assemble(BY_NAME["kwok"], tmp_path)
