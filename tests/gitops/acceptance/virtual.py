"""An event loop whose time passes only while everybody waits: exact, and at once."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Made = TypeVar("Made")


class Waits(selectors.DefaultSelector):
    """Lets time pass in place of waiting."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs on such time; `busy` is what a program does that lets no other run."""

    def __init__(self) -> None:
        self.waits = Waits()
        super().__init__(self.waits)

    def time(self) -> float:
        return self.waits.now

    def busy(self, seconds: float) -> None:
        self.waits.now += seconds


def run(coroutine: Coroutine[Any, Any, Made]) -> Made:
    """Return what a coroutine returns, on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
