"""Fetching, resuming and waiting."""

import json
import os
import signal
import stat
import threading

import pytest

from tests.fetch.volume import Volume, gguf, wait_for
from tests.fetch.weight_server import Answer


def test_a_fetched_set_is_whole_group_readable_and_marked(volume: Volume):
    first, second = volume.entry("a.gguf", gguf(5000)), volume.entry("b.gguf", gguf(70))
    volume.declare(first, second)
    done = volume.fetch()
    assert (done.returncode, done.stderr) == (0, "")
    assert volume.path(first).read_bytes() == gguf(5000)
    assert volume.path(second).read_bytes() == gguf(70)
    assert stat.S_IMODE(volume.path(first).stat().st_mode) == 0o640
    assert stat.S_IMODE(volume.path(first).parent.stat().st_mode) == 0o750
    assert stat.S_IMODE(volume.marker.stat().st_mode) == 0o640
    found = json.loads(volume.marker.read_text())
    assert (found["version"], found["digest"]) == (2, volume.digest)
    assert [(one["path"], one["size"]) for one in found["files"]] == [
        (one["path"], one["size"]) for one in (first, second)
    ]
    assert volume.run("check").returncode == 0


def test_new_folders_keep_the_group_of_the_volume(volume: Volume):
    volume.root.chmod(0o2770)
    entry = volume.entry("a.gguf", gguf(50))
    volume.declare(entry)
    assert volume.fetch().returncode == 0
    assert stat.S_IMODE(volume.path(entry).parent.stat().st_mode) == 0o2750


def test_a_second_run_fetches_nothing(volume: Volume):
    volume.declare(volume.entry("a.gguf", gguf(5000)), volume.entry("b.gguf", gguf(9), sized=False))
    assert volume.fetch().returncode == 0
    requests = len(volume.server.seen)
    assert volume.fetch().returncode == 0
    assert len(volume.server.seen) == requests


def test_a_file_of_another_set_is_shared_not_fetched_again(volume: Volume):
    entry = volume.entry("a.gguf", gguf(500), sized=False)
    volume.declare(entry)
    assert volume.fetch().returncode == 0
    volume.declare(entry, volume.entry("b.gguf", gguf(60)))
    assert volume.fetch().returncode == 0
    assert [seen.path for seen in volume.server.seen] == ["/a.gguf", "/b.gguf"]


def test_a_file_whose_recorded_size_changed_is_fetched_again(volume: Volume):
    entry = volume.entry("a.gguf", gguf(500), sized=False)
    volume.declare(entry)
    assert volume.fetch().returncode == 0
    volume.path(entry).write_bytes(gguf(499))
    assert volume.run("check").returncode == 1
    assert volume.fetch().returncode == 0
    assert volume.path(entry).read_bytes() == gguf(500)


def test_changed_content_of_the_same_length_is_found(volume: Volume):
    entry = volume.entry("a.gguf", gguf(500))
    volume.declare(entry)
    assert volume.fetch().returncode == 0
    volume.path(entry).write_bytes(gguf(500, "rotten"))
    assert volume.run("check").returncode == 1
    assert volume.fetch().returncode == 0
    assert volume.path(entry).read_bytes() == gguf(500)
    assert volume.run("check").returncode == 0


def test_what_rots_without_a_trace_is_found_by_one_look_a_run(volume: Volume):
    entries = [volume.entry(f"{name}.gguf", gguf(500, name)) for name in "abc"]
    volume.declare(*entries)
    assert volume.fetch().returncode == 0
    for entry in entries:
        path = volume.path(entry)
        was = path.stat()
        with path.open("r+b") as file:
            file.write(b"rot")
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    requests = len(volume.server.seen)
    for run in range(1, 4):
        assert volume.fetch().returncode == 0
        assert len(volume.server.seen) == requests + run
    assert [volume.path(entry).read_bytes() for entry in entries] == [
        gguf(500, name) for name in "abc"
    ]


def test_a_cut_download_goes_on_where_it_stopped(volume: Volume):
    entries = [volume.entry(f"{k}.gguf", gguf(30_000, str(k))) for k in range(0, 100, 11)]
    for position, entry in zip(range(0, 100, 11), entries, strict=True):
        keep = 30_000 * position // 100
        volume.server.answers[f"/{position}.gguf"].append(Answer(keep=keep))
        assert entry["size"] == 30_000
    volume.declare(*entries)
    assert volume.fetch().returncode == 0
    assert set(volume.server.sent.values()) == {30_000}


def test_a_killed_download_goes_on_where_it_stopped(volume: Volume):
    size, hold = 4_000_000, threading.Event()
    entry = volume.entry("a.gguf", gguf(size))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].append(Answer(keep=size // 2, hold=hold))
    running = volume.start()
    half = volume.partial(entry)
    wait_for(lambda: half.exists() and half.stat().st_size == size // 2)
    running.kill()
    running.communicate()
    hold.set()
    assert volume.run("check").returncode == 1
    assert volume.fetch().returncode == 0
    assert volume.server.sent["/a.gguf"] <= 1.05 * size
    assert volume.path(entry).read_bytes() == gguf(size)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_it_quietly_and_keeps_the_partial(volume: Volume, number: int):
    hold = threading.Event()
    entry = volume.entry("a.gguf", gguf(10_000))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].append(Answer(keep=4000, hold=hold))
    running = volume.start()
    half = volume.partial(entry)
    wait_for(lambda: half.exists() and half.stat().st_size == 4000)
    running.send_signal(number)
    assert running.communicate(timeout=10)[1] == ""
    hold.set()
    assert running.returncode == 128 + number
    assert half.read_bytes() == gguf(10_000)[:4000]
    assert volume.fetch().returncode == 0
    assert volume.server.seen[-1].range == "bytes=4000-"


def test_of_two_writers_one_waits_and_every_byte_comes_once(volume: Volume):
    hold = threading.Event()
    entry = volume.entry("a.gguf", gguf(10_000))
    volume.declare(entry)
    volume.server.answers["/a.gguf"].append(Answer(keep=4000, hold=hold))
    first = volume.start()
    wait_for(lambda: bool(volume.server.seen))
    second = volume.start()
    assert second.stdout
    assert "another process is fetching; waiting" in second.stdout.readline()
    hold.set()
    assert first.communicate(timeout=10)[1] == second.communicate(timeout=10)[1] == ""
    assert (first.returncode, second.returncode) == (0, 0)
    assert volume.server.sent["/a.gguf"] == 10_000


def test_waiting_for_another_writer_is_bounded(volume: Volume):
    hold = threading.Event()
    volume.declare(volume.entry("a.gguf", gguf(10_000)))
    volume.server.answers["/a.gguf"].append(Answer(keep=4000, hold=hold))
    first = volume.start()
    wait_for(lambda: bool(volume.server.seen))
    done = volume.fetch("--lock-timeout", "0.05")
    assert done.returncode == 1
    assert "another process has fetched" in done.stderr
    hold.set()
    assert first.communicate(timeout=10)[1] == ""


def test_wrong_usage_exits_with_2(volume: Volume):
    assert volume.run("fetsch").returncode == 2
    assert volume.run("fetch", "--stall-timeout", "nan").returncode == 2
