"""The harness of `make fuzz` tells what it is for; a reader that fails is told with its input."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.fuzz.run import LARGEST, Read, Target, fuzz, saved
from tests.fuzz.targets import targets

SEEDS = [b"name: a\n"]


def target(read: Read) -> Target:
    return Target(name="a", read=read, seeds=SEEDS, refusals=(ValueError,))


def refuse(data: bytes) -> object:
    raise ValueError(f"'{data!r}' on line {len(data)}")


def die(data: bytes) -> object:
    if len(data) % 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return None


def write(data: bytes) -> object:
    return Path("/nowhere/a").write_bytes(data)


def hang(_: bytes) -> object:
    # Only what the process itself takes counts: a busy machine is no hang.
    while time.process_time() < 1e9:
        pass
    return None


def forget(data: bytes) -> object:
    known: dict[bytes, object] = {}
    return known[data]


def test_a_reader_that_refuses_is_fed_to_the_end():
    found = fuzz(target(refuse), inputs=50, seconds=60, seed=1)

    assert (found.inputs, found.failure) == (50, "")


def test_a_run_ends_in_time():
    assert fuzz(target(refuse), inputs=10**9, seconds=0.2, seed=1).inputs > 1


def test_the_same_seed_feeds_the_same():
    one, other = (fuzz(target(die), inputs=10**6, seconds=60, seed=3) for _ in range(2))

    assert one.failure == f"signal {signal.SIGKILL:d}"
    assert one.culprit == other.culprit
    assert len(one.culprit) % 2


@pytest.mark.parametrize("read", [write, forget])
def test_a_write_and_an_unknown_error_are_told(read: Read, capfd: pytest.CaptureFixture[str]):
    found = fuzz(target(read), inputs=10, seconds=60, seed=1)

    assert (found.failure, found.culprit) == ("an error", SEEDS[0])
    assert "ChangeError" in capfd.readouterr().err or read is forget


def test_a_hang_is_told():
    assert fuzz(target(hang), inputs=10, seconds=60, seed=1).failure == "an error"


def test_what_failed_is_kept_by_its_content(tmp_path: Path):
    assert saved(tmp_path, b"a") == saved(tmp_path, b"a")
    assert saved(tmp_path, b"a").read_bytes() == b"a"


@pytest.mark.parametrize("one", targets(), ids=lambda one: one.name)
def test_every_reader_reads_or_refuses_what_it_reads_first(one: Target):
    for data in one.seeds:
        try:
            one.read(data[:LARGEST])
        except one.refusals:
            continue
