"""The programs of judges are pinned, and made anew once their pins change."""

import os
import re
from pathlib import Path

import pytest

from judges import programs
from judges.verdict import JudgeError
from tests.support.project import ROOT


def lines(name: str) -> list[str]:
    return (ROOT / "judges" / name).read_text(encoding="utf-8").splitlines()


def test_every_package_of_the_judges_is_pinned_with_hashes():
    packages = [line for line in lines("requirements.txt") if re.match(r"[a-z]", line)]

    assert all(re.match(r"[a-z0-9._-]+==\S+ \\$", line) for line in packages)
    assert len([line for line in lines("requirements.txt") if "--hash=" in line]) >= len(packages)


def test_what_is_whole_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made: list[Path] = []

    def make(folder: Path) -> None:
        folder.mkdir()
        made.append(folder)

    kept = [programs.kept("python", pins, make) for pins in (b"1", b"1", b"2")]

    assert made == [kept[0], kept[2]]
    assert kept[0] == kept[1] != kept[2]


def test_what_is_not_whole_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def broken(folder: Path) -> None:
        folder.mkdir()
        raise JudgeError("nobody answers")

    for _ in range(2):
        with pytest.raises(JudgeError, match="nobody answers"):
            programs.kept("python", b"1", broken)

    assert programs.kept("python", b"1", Path.mkdir).is_dir()


def test_a_judge_finds_no_settings_of_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BC_API_KEY", "made up")
    done = programs.answer(["env"], tmp_path)

    assert "BC_API_KEY" not in done.stdout
    assert f"HOME={os.environ['HOME']}\n" not in done.stdout
