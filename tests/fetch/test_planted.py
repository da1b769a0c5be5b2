"""What others may put on a shared volume: it is not believed, nor followed, nor waited for."""

import faulthandler
import json
import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from fetch.__main__ import main
from tests.fetch.volume import Volume, gguf

CONTENT = gguf(5000)
WRONG = gguf(5000, "other")
SECRET = "somebody else's"
REFUSED = "remove it from the volume"


class Place:
    """A volume with nothing on it, and what is outside of it."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.entry = volume.entry("a.gguf", CONTENT)
        volume.declare(self.entry)
        self.outside = volume.root.parent / "outside"
        self.outside.write_text(SECRET)
        self.folder = volume.root.parent / "folder"
        self.folder.mkdir()
        self.final, self.partial = volume.path(self.entry), volume.partial(self.entry)
        self.marker = volume.marker
        self.draft, self.lock = self.marker.with_suffix(".new"), self.marker.with_name("lock")

    def mark(self, place: Path | None = None, /, **fields: object) -> None:
        """Write a marker that vouches for the wrong bytes that have the file's name."""
        write(self.final, WRONG)
        found = self.final.stat()
        entry = {"path": self.entry["path"], "sha256": self.entry["sha256"], "size": 5000}
        entry |= {"mtime": found.st_mtime_ns, "inode": found.st_ino, "looked": 1 << 62, **fields}
        text = {"version": 2, "digest": self.volume.digest, "files": [entry]}
        write(place or self.marker, json.dumps(text).encode())


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def link(path: Path, target: Path | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def hard(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.hardlink_to(target)


def fifo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def sparse(path: Path) -> None:
    write(path, b"GGUF")
    os.truncate(path, 1 << 42)


HARMLESS: dict[str, Callable[[Place], None]] = {
    "the marker of another set": lambda at: at.mark(at.marker.with_name("x.json")),
    "a marker that tells another inode": lambda at: at.mark(inode=7),
    "a marker that tells another time": lambda at: at.mark(mtime=7),
    "a marker that tells another size": lambda at: at.mark(size=4999),
    "a marker of the first version": lambda at: write(
        at.marker, json.dumps({"version": 1, "files": [{"path": "a", "size": 5000}]}).encode()
    ),
    "a marker that leaves out the file": lambda at: at.mark(path=f"weights/{'a' * 64}/a.gguf"),
    "a marker of a path outside": lambda at: at.mark(path="../../outside"),
    "a marker of true and endless numbers": lambda at: at.mark(size=True, mtime=1e400),
    "a marker nested deep": lambda at: write(at.marker, b"[" * 1_000_000),
    "a marker of a long number": lambda at: write(at.marker, b'{"version":' + b"9" * 100_000),
    "a marker without an end": lambda at: sparse(at.marker),
    "a marker that is a pipe": lambda at: fifo(at.marker),
    "a marker that is a device": lambda at: link(at.marker, "/dev/zero"),
    "a marker of two names": lambda at: hard(at.marker, at.outside),
    "a draft of a marker that is a link": lambda at: link(at.draft, at.outside),
    "a draft of a marker of two names": lambda at: hard(at.draft, at.outside),
    "a lock that is a pipe": lambda at: fifo(at.lock),
    "a lock that is a link": lambda at: link(at.lock, at.outside),
    "a lock of two names": lambda at: hard(at.lock, at.outside),
    "a partial that is a link": lambda at: link(at.partial, at.outside),
    "a partial of two names": lambda at: hard(at.partial, at.outside),
    "a partial that is a pipe": lambda at: fifo(at.partial),
    "a partial that is a device": lambda at: link(at.partial, "/dev/zero"),
    "a partial without an end": lambda at: sparse(at.partial),
    "a partial of wrong bytes": lambda at: write(at.partial, WRONG[:4000]),
    "a file that is a link": lambda at: link(at.final, at.outside),
    "a file that is a link to nothing": lambda at: link(at.final, "nothing"),
    "a file of two names": lambda at: hard(at.final, at.outside),
    "a file that is a pipe": lambda at: fifo(at.final),
    "a file that is a device": lambda at: link(at.final, "/dev/zero"),
    "a file without an end": lambda at: sparse(at.final),
    "a file of wrong bytes": lambda at: write(at.final, WRONG),
}
IN_THE_WAY: dict[str, Callable[[Place], None]] = {
    "a folder for the file": lambda at: at.final.mkdir(parents=True),
    "a folder for the partial": lambda at: at.partial.mkdir(parents=True),
    "a folder for the marker": lambda at: at.marker.mkdir(parents=True),
    "a folder for the lock": lambda at: at.lock.mkdir(parents=True),
    "a link for the folder of markers": lambda at: link(at.marker.parent, at.folder),
    "a link for the folder of weights": lambda at: link(at.final.parents[1], at.folder),
    "a link for the folder of the file": lambda at: link(at.final.parent, at.folder),
    "a file for the folder of the file": lambda at: write(at.final.parent, b""),
    "a pipe for the folder of markers": lambda at: fifo(at.marker.parent),
}


@pytest.fixture
def place(volume: Volume) -> Generator[Place]:
    """A place to plant something; what the program sets for its process is put back."""
    known = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    mask = os.umask(0o022)
    faulthandler.dump_traceback_later(30, exit=True)
    yield Place(volume)
    faulthandler.cancel_dump_traceback_later()
    os.umask(mask)
    for number, handler in known.items():
        signal.signal(number, handler)


def run(place: Place, verb: str) -> int:
    """Run a verb in this process and return its exit code; a crash fails the test."""
    known = place.volume.command("check" if verb == "copy" else verb)
    words = known[known.index("fetch") + 1 :]
    to = ["--to", str(place.volume.root.parent / "cache")] if verb == "copy" else []
    return main([verb, *words[1:], *to])


@pytest.mark.parametrize("planted", HARMLESS)
def test_what_is_planted_counts_for_nothing_and_is_replaced(place: Place, planted: str):
    HARMLESS[planted](place)
    assert run(place, "check") == 1
    assert run(place, "copy") != 0
    assert run(place, "fetch") == 0
    assert place.final.read_bytes() == CONTENT
    assert place.outside.read_text() == SECRET
    assert run(place, "check") == run(place, "copy") == 0


@pytest.mark.parametrize("planted", IN_THE_WAY)
def test_what_is_in_the_way_is_told_and_reaches_nothing_outside(
    place: Place, planted: str, capsys: pytest.CaptureFixture[str]
):
    IN_THE_WAY[planted](place)
    assert run(place, "fetch") == 3
    assert REFUSED in capsys.readouterr().err
    assert run(place, "check") != 0
    assert run(place, "copy") != 0
    assert list(place.folder.iterdir()) == []


def test_a_marker_forged_in_every_detail_is_found_out_by_the_next_run(place: Place):
    place.mark()
    assert run(place, "fetch") == 0
    assert place.final.read_bytes() == CONTENT


def test_a_file_that_its_marker_does_not_know_again_is_hashed(place: Place):
    assert run(place, "fetch") == 0
    # As from a backup: the same bytes in another file.
    copy = place.final.with_name("copy")
    copy.write_bytes(CONTENT)
    copy.replace(place.final)
    assert run(place, "check") == 0
    place.final.write_bytes(WRONG)
    assert run(place, "check") == 1


def test_a_run_that_has_no_more_space_names_no_foreign_files(
    place: Place, capsys: pytest.CaptureFixture[str]
):
    write(place.volume.root / "weights" / ("b" * 64) / "b.gguf", b"GGUF")
    write(place.volume.root / "weights" / ("b" * 64) / "\x1b[2J.gguf", b"GGUF")
    write(place.volume.root / "weights" / "\x1b[2J" / "b.gguf", b"GGUF")
    fifo(place.volume.root / "weights" / ("c" * 64))
    place.volume.declare(place.entry | {"size": 10**13, "about": 10**13})
    assert run(place, "fetch") == 1
    assert f"not in this set: weights/{'b' * 64}/b.gguf (4 bytes)." in capsys.readouterr().err
