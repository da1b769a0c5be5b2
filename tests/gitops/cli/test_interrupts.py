import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitops.cli import exits, preview
from gitops.cli.interrupts import Interrupts
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine, started
from tests.support.project import ROOT


@pytest.mark.thorough
def test_ctrl_c_while_a_base_renders_is_one_line_and_leaves_nothing(
    checkout: Checkout, tmp_path: Path
):
    bases = tmp_path / "cache" / "localai-gitops" / "bases"
    process = started(
        checkout.folder,
        "preview",
        "--base",
        "HEAD",
        environment={"XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    while not (bases.is_dir() and any(bases.glob("*/code/gitops/__main__.py"))):
        assert process.poll() is None
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (exits.INTERRUPTED, "", "interrupted\n")
    # A rendering that was done in time may stay; half of one may not.
    assert list(bases.glob(".base-*")) == []
    assert all(len(list(base.glob("*/parts.json"))) == 3 for base in bases.iterdir())


def test_ctrl_c_while_the_tool_starts_is_one_line():
    script = (
        "import signal; from gitops.cli.interrupts import leave_at_once; leave_at_once(); "
        "signal.raise_signal(signal.SIGINT)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (exits.INTERRUPTED, "interrupted\n")


def test_an_interrupt_that_a_library_swallows_still_ends_the_command(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    def swallowing(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ModuleNotFoundError("No module named 'version'") from None

    monkeypatch.setattr(preview, "preview", swallowing)
    ended = command_line("preview")
    assert (ended.code, ended.out, ended.err) == (exits.INTERRUPTED, "", "interrupted\n")


def test_an_interrupt_is_remembered():
    before = signal.getsignal(signal.SIGINT)
    try:
        interrupts = Interrupts()
        assert not interrupts.seen
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupts.seen
    finally:
        signal.signal(signal.SIGINT, before)
