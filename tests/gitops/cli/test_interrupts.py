import os
import signal
import time
from pathlib import Path

import pytest

from gitops.cli import exits
from gitops.cli.interrupts import Interrupts
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import started


def handles_interrupts(process: int) -> bool:
    """Return whether a process has set a handler, as the kernel sees it."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & (1 << (signal.SIGINT - 1)))


@pytest.mark.parametrize("wait_for", ["start", "base"])
def test_ctrl_c_is_one_line_and_its_own_exit_code_and_leaves_nothing(
    checkout: Checkout, tmp_path: Path, wait_for: str
):
    bases = tmp_path / "cache" / "localai-gitops" / "bases"
    checkout.write("dirty", "")
    process = started(
        checkout.folder, "preview", environment={"XDG_CACHE_HOME": str(tmp_path / "cache")}
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ready = bases.is_dir() and any(bases.iterdir())
        if ready or (wait_for == "start" and b"gitops" in command(process.pid)):
            break
    if wait_for == "start":
        while not handles_interrupts(process.pid):
            assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (exits.INTERRUPTED, "", "interrupted\n")
    assert not bases.is_dir() or list(bases.iterdir()) == []


def command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def test_an_interrupt_that_a_library_swallows_is_remembered():
    before = signal.getsignal(signal.SIGINT)
    try:
        interrupts = Interrupts()
        assert not interrupts.seen
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupts.seen
    finally:
        signal.signal(signal.SIGINT, before)
