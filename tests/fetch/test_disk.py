"""Full and read-only volumes: one clean sentence, and the next run goes on."""

import subprocess
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fetch.volume import Volume, gguf


def test_a_set_too_big_for_the_volume_is_refused_before_the_first_byte(volume: Volume):
    old = volume.entry("old.gguf", gguf(321))
    volume.declare(old)
    assert volume.fetch().returncode == 0
    new = volume.entry("new.gguf", gguf(100))
    requests = len(volume.server.seen)
    volume.declare(new | {"size": None, "about": 10**13})
    done = volume.fetch()
    assert (done.returncode, "bytes are missing" in done.stderr) == (1, True)
    assert f"not in this set: {old['path']} (321 bytes)" in done.stderr
    assert len(volume.server.seen) == requests


def test_bytes_in_a_partial_need_no_new_space(volume: Volume, tiny_disk: Path):
    tiny = replace(volume, root=tiny_disk)
    entry = tiny.entry("a.gguf", gguf(900_000))
    tiny.declare(entry)
    tiny.path(entry).parent.mkdir(parents=True)
    tiny.partial(entry).write_bytes(gguf(900_000)[:600_000])
    assert tiny.fetch().returncode == 0
    assert tiny.server.sent["/a.gguf"] == 300_000


def test_a_volume_that_fills_up_keeps_what_came_and_goes_on_when_enlarged(
    volume: Volume, tiny_disk: Path
):
    tiny = replace(volume, root=tiny_disk)
    entry = tiny.entry("a.gguf", gguf(2_500_000))
    tiny.declare(entry)
    # It needs no room, and turns out to be no good.
    tiny.path(entry).parent.mkdir(parents=True)
    with tiny.partial(entry).open("wb") as sparse:
        sparse.truncate(2_400_000)
    done = tiny.fetch()
    assert (done.returncode, "No space left on device: enlarge" in done.stderr) == (1, True)
    kept = tiny.partial(entry).stat().st_size
    assert kept > 900_000
    assert not tiny.marker.exists()
    subprocess.run(["mount", "-o", "remount,size=9m", str(tiny_disk)], check=True)
    assert tiny.fetch().returncode == 0
    assert tiny.server.seen[-1].range == f"bytes={kept}-"
    assert tiny.path(entry).read_bytes() == gguf(2_500_000)


def fill(folder: Path) -> list[Path]:
    """Take every file the file system has left, and return them."""
    fillers: list[Path] = []
    while True:
        filler = folder / f"filler{len(fillers)}"
        try:
            filler.touch()
        except OSError:
            return fillers
        fillers.append(filler)


@pytest.mark.thorough
def test_running_out_of_files_at_any_step_is_clean(volume: Volume, tiny_disk: Path):
    tiny = replace(volume, root=tiny_disk)
    entry = tiny.entry("a.gguf", gguf(100))
    tiny.declare(entry)
    fillers = fill(tiny_disk)
    failures = 0
    while (done := tiny.fetch()).returncode:
        failures += 1
        assert "No space left on device" in done.stderr
        assert not tiny.marker.exists()
        fillers.pop().unlink()
    assert failures == 6  # the lock, three folders, the partial and the marker
    assert tiny.path(entry).read_bytes() == gguf(100)
    assert tiny.run("check").returncode == 0


@pytest.mark.parametrize("size", [100, 600])
def test_a_write_that_fails_half_way_leaves_no_final_name(volume: Volume, size: int):
    entries = [volume.entry(f"{name}.gguf", gguf(size, name)) for name in "abcde"]
    volume.declare(*entries)
    # One block of 512 bytes: too small for a weight of 600 bytes, and for the marker of five files.
    limit = ("sh", "-c", 'ulimit -f 1; exec "$@"', "sh")
    done = volume.run("fetch", wrap=limit)
    assert (done.returncode, "File too large" in done.stderr) == (1, True)
    assert [volume.path(each).exists() for each in entries] == [size == 100] * 5
    assert not volume.marker.exists()
    assert volume.fetch().returncode == 0
    assert volume.server.sent["/a.gguf"] == size + max(0, size - 512)


@pytest.fixture
def frozen_disk(tiny_disk: Path) -> Generator[Path, None, None]:
    """A read-only file system on which one set was fetched."""
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    yield tiny_disk
    subprocess.run(["mount", "-o", "remount,rw", str(tiny_disk)], check=True)


def test_a_read_only_volume_is_said_plainly_by_fetch(volume: Volume, frozen_disk: Path):
    frozen = replace(volume, root=frozen_disk)
    frozen.declare(frozen.entry("a.gguf", gguf(100)))
    done = frozen.fetch()
    assert (done.returncode, "mount the volume writable" in done.stderr) == (1, True)


def test_check_needs_no_write_access(volume: Volume, tiny_disk: Path):
    tiny = replace(volume, root=tiny_disk)
    tiny.declare(tiny.entry("a.gguf", gguf(100)))
    assert tiny.fetch().returncode == 0
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert tiny.run("check").returncode == 0


def test_a_root_that_is_no_folder_is_said_plainly(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    volume.root.rmdir()
    assert volume.digest in volume.run("check").stderr
    volume.root.write_text("a file")
    done = volume.fetch()
    assert (done.returncode, "see that the volume is mounted" in done.stderr) == (1, True)


def test_a_fresh_volume_without_the_folder_is_filled(volume: Volume):
    entry = volume.entry("a.gguf", gguf(100))
    volume.declare(entry)
    volume.root.rmdir()
    assert volume.fetch().returncode == 0
    assert volume.path(entry).is_file()
