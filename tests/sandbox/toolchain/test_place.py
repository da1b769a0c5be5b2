import errno
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.toolchain.place import SpaceError, check_space, discard, is_whole, place

ROOT = Path(__file__).parents[3]
# Lays a file out, says so, and waits for a word before it finishes.
SLOW = """
import sys
from pathlib import Path
from sandbox.toolchain.place import place

def fill(folder):
    (folder / "program").write_text("slow")
    print("begun", flush=True)
    sys.stdin.readline()

def tell(text):
    print(text, flush=True)

made = place("kwok", Path(sys.argv[1]), fill, space=0, progress=tell)
print("made" if made else "not made", flush=True)
"""


def fill(folder: Path) -> None:
    (folder / "program").write_text("made")


def put(entry: Path, by: Callable[[Path], None] = fill) -> bool:
    return place("kwok", entry, by, space=0)


def slow(entry: Path) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", SLOW, str(entry)]
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_an_entry_is_made_at_most_once(tmp_path: Path):
    entry = tmp_path / "kwok-1"
    assert put(entry)
    assert not put(entry)
    assert (entry / "program").read_text() == "made"


def test_a_damaged_entry_is_made_again(tmp_path: Path):
    entry = tmp_path / "kwok-1"
    put(entry)
    (entry / "program").write_text("MADE")
    assert put(entry)
    assert (entry / "program").read_text() == "made"


def test_only_a_damaged_entry_is_discarded(tmp_path: Path):
    entry = tmp_path / "kwok-1"
    put(entry)
    discard("kwok", entry, thorough=True)
    assert is_whole(entry)
    (entry / "program").write_text("MADE")
    discard("kwok", entry, thorough=True)
    assert not entry.exists()


def test_an_interrupted_making_leaves_no_entry_and_no_folder(tmp_path: Path):
    def interrupted(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(tmp_path / "kwok-1", interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["kwok.lock"]


def test_what_a_killed_run_left_is_never_used_and_swept_away_by_the_next(tmp_path: Path):
    entry = tmp_path / "kwok-1"
    with slow(entry) as killed:
        assert said(killed) == "begun"
        killed.send_signal(signal.SIGKILL)
    (leftover,) = tmp_path.glob(".building-kwok-*")
    assert not entry.exists()
    assert put(entry)
    assert not leftover.exists()


def test_the_second_of_two_waits_says_so_and_takes_what_the_first_made(tmp_path: Path):
    entry = tmp_path / "kwok-1"
    with slow(entry) as first:
        assert said(first) == "begun"
        with slow(entry) as second:
            assert said(second).startswith("waiting for another run")
            assert first.communicate("go on\n")[0] == "made\n"
            assert said(second) == "not made"
    assert (entry / "program").read_text() == "slow"


def test_the_unfinished_folder_of_another_tool_is_left_alone(tmp_path: Path):
    other = tmp_path / ".building-pulumi-language-python-abcd1234"
    other.mkdir()
    place("pulumi", tmp_path / "pulumi-1", fill, space=0)
    assert other.exists()


def test_a_full_disk_is_told_before_with_the_cure(tmp_path: Path):
    with pytest.raises(SpaceError, match=r"needs 1e\+06 GB of disk.*XDG_CACHE_HOME"):
        check_space(tmp_path, 10**6 * 1024**3)


def test_a_disk_that_fills_up_in_between_is_told_and_leaves_nothing(tmp_path: Path):
    def fills_up(folder: Path) -> None:
        fill(folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(SpaceError, match="XDG_CACHE_HOME"):
        put(tmp_path / "kwok-1", fills_up)
    assert [path.name for path in tmp_path.iterdir()] == ["kwok.lock"]
