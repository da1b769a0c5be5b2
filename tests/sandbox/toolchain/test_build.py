from pathlib import Path

import pytest

from sandbox.toolchain.build import BuildError, build, check_space
from sandbox.toolchain.tools import TOOLS, Tool

KWOK = next(tool for tool in TOOLS if tool.name == "kwok")


def make(_: Tool, folder: Path) -> None:
    (folder / "program").write_text("built")


@pytest.fixture(autouse=True)
def enough_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.toolchain.build.SPACE", 0)


def test_a_tool_is_built_at_most_once(tmp_path: Path):
    entry = tmp_path / "kwok-1"
    assert build(KWOK, entry, make)
    assert not build(KWOK, entry, make)
    assert (entry / "program").read_text() == "built"


def test_a_damaged_entry_is_built_again(tmp_path: Path):
    entry = tmp_path / "kwok-1"
    build(KWOK, entry, make)
    (entry / "program").write_text("BUILT")
    assert build(KWOK, entry, make)
    assert (entry / "program").read_text() == "built"


def test_an_interrupted_build_leaves_no_entry_and_no_folder(tmp_path: Path):
    def interrupted(tool: Tool, folder: Path) -> None:
        make(tool, folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(KWOK, tmp_path / "kwok-1", interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["kwok.lock"]


def test_what_a_killed_build_left_is_swept_away_by_the_next_one(tmp_path: Path):
    leftover = tmp_path / ".building-kwok-abcd1234"
    leftover.mkdir()
    build(KWOK, tmp_path / "kwok-1", make)
    assert not leftover.exists()


def test_the_folder_of_another_tools_build_is_left_alone(tmp_path: Path):
    pulumi = next(tool for tool in TOOLS if tool.name == "pulumi")
    other = tmp_path / ".building-pulumi-language-python-abcd1234"
    other.mkdir()
    build(pulumi, tmp_path / "pulumi-1", make)
    assert other.exists()


def test_a_full_disk_is_told_with_the_cure(tmp_path: Path):
    with pytest.raises(BuildError, match="XDG_CACHE_HOME"):
        check_space(tmp_path, free=-1)
