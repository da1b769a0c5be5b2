"""The harness of `make fuzz` tells what it is for; a reader that fails is told with its input."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.fuzz.run import LARGEST, Read, Target, fuzz, saved
from tests.fuzz.targets import CORPUS, targets

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


def deaf(_: bytes) -> object:
    # As a regular expression is, which looks at no signal before its end.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPROF])
    return hang(_)


def forget(data: bytes) -> object:
    known: dict[bytes, object] = {}
    return known[data]


def swell(_: bytes) -> object:
    return bytes(64 * 1024**3)


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


ERRORS: dict[Read, str] = {write: "ChangeError", forget: "KeyError", swell: "MemoryError"}


@pytest.mark.parametrize("read", [write, forget, swell])
def test_a_write_an_unknown_error_and_too_much_memory_are_told(
    read: Read, capfd: pytest.CaptureFixture[str]
):
    found = fuzz(target(read), inputs=10, seconds=60, seed=1)

    assert (found.failure, found.culprit) == ("an error", SEEDS[0])
    assert ERRORS[read] in capfd.readouterr().err


def test_a_hang_is_told():
    assert fuzz(target(hang), inputs=10, seconds=60, seed=1).failure == "an error"


def test_a_hang_that_hears_no_signal_is_told_with_its_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.fuzz.run._STUCK_SECONDS", 0.2)
    found = fuzz(target(deaf), inputs=10, seconds=60, seed=1)

    assert (found.failure, found.culprit) == (f"signal {signal.SIGKILL:d}", SEEDS[0])


def test_what_failed_is_kept_by_its_content(tmp_path: Path):
    assert saved(tmp_path, b"a") == saved(tmp_path, b"a")
    assert saved(tmp_path, b"a").read_bytes() == b"a"


@pytest.mark.parametrize("one", targets(), ids=lambda one: one.name)
def test_every_reader_reads_some_of_what_it_reads_first_and_refuses_the_rest(one: Target):
    passed = 0
    for data in one.seeds:
        assert len(data) <= LARGEST
        try:
            one.read(data)
        except one.refusals:
            continue
        passed += 1
    # All that is refused at its door tells nothing of the rooms behind.
    assert passed


def test_what_is_kept_of_earlier_runs_is_little():
    kept = [path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()]

    assert len(kept) <= 100
    assert all(size <= LARGEST for size in kept)
