import subprocess
import sys
from pathlib import Path

import pytest

from gitops.adapters import scratch as module
from gitops.adapters.scratch import exchange, scratch

PREFIX = ".draft-"


def folder(place: Path, content: str) -> Path:
    place.mkdir()
    (place / "file").write_text(content, encoding="utf-8")
    return place


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def unknown(_one: Path, _other: Path) -> bool:
    return False


def test_a_scratch_folder_is_gone_afterwards_whatever_happens(tmp_path: Path):
    def interrupted() -> None:
        with scratch(tmp_path, PREFIX) as made:
            (made / "file").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_swept_and_what_a_running_one_has_is_not(tmp_path: Path):
    script = (
        "import sys; from pathlib import Path; from gitops.adapters.scratch import scratch\n"
        f"with scratch(Path({str(tmp_path)!r}), {PREFIX!r}) as made:\n"
        "    (made / 'file').touch(); print('made', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"made\n"
        (left,) = tmp_path.iterdir()
        with scratch(tmp_path, PREFIX):
            assert left.is_dir()
        process.kill()
    assert left.is_dir()
    with scratch(tmp_path, PREFIX) as made:
        assert list(tmp_path.iterdir()) == [made]


def test_a_link_with_the_name_of_a_leftover_is_not_followed(tmp_path: Path):
    mine = folder(tmp_path / "mine", "mine")
    (tmp_path / f"{PREFIX}x").symlink_to(mine)
    with scratch(tmp_path, PREFIX):
        pass
    assert (mine / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("known", [True, False], ids=["in one step", "where the system cannot"])
def test_two_folders_change_places(tmp_path: Path, known: bool, monkeypatch: pytest.MonkeyPatch):
    if not known:
        monkeypatch.setattr(module, "_exchanged", unknown)
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    exchange(one, other)
    assert [(place / "file").read_text(encoding="utf-8") for place in (one, other)] == ["2", "1"]
    assert names(tmp_path) == ["one", "other"]


def test_where_one_cannot_be_put_the_other_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_exchanged", unknown)
    other = folder(tmp_path / "other", "2")
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "missing", other)
    assert (other / "file").read_text(encoding="utf-8") == "2"
    assert names(tmp_path) == ["other"]


def test_an_exchange_that_fails_says_why(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="other"):
        exchange(folder(tmp_path / "one", "1"), tmp_path / "other")
