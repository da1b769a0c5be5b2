"""Ctrl-C: one line and one exit code, at any moment of a run."""

import os
import signal
from types import FrameType

from gitops.cli import exits


def leave_at_once() -> None:
    """Let Ctrl-C end the process on the spot, while there is nothing to clean up."""
    signal.signal(signal.SIGINT, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"interrupted\n")
    os._exit(exits.INTERRUPTED)


class Interrupts:
    """Remembers Ctrl-C: some libraries swallow the exception while they are imported."""

    def __init__(self) -> None:
        """Start listening; what runs is unwound, so that it can clean up."""
        self.seen = False
        signal.signal(signal.SIGINT, self._unwind)

    def _unwind(self, _number: int, _frame: FrameType | None) -> None:
        self.seen = True
        raise KeyboardInterrupt
