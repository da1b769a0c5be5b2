"""Runs a command as a whole process and measures it as the operating system accounts for it."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


class FailedRunError(Exception):
    """A measured command ended with an error; its figures would mean nothing."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Some runs of one command: wall seconds of each, and the largest memory in MiB."""

    seconds: tuple[float, ...]
    mebibytes: float

    @property
    def median(self) -> float:
        """Return the median of the wall seconds."""
        return median(self.seconds)

    def __str__(self) -> str:
        """Return median, range and memory."""
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.median:7.2f} s  ({low:.2f} to {high:.2f})  {self.mebibytes:6.0f} MiB"


def measure(command: Sequence[str], folder: Path, runs: int) -> Sample:
    """Return the figures of a command, after one run that is not counted.

    Raises:
        FailedRunError: it ended with an error.
    """
    _once(command, folder)
    results = [_once(command, folder) for _ in range(runs)]
    return Sample(
        seconds=tuple(seconds for seconds, _ in results),
        mebibytes=max(memory for _, memory in results),
    )


def _once(command: Sequence[str], folder: Path) -> tuple[float, float]:
    start = time.perf_counter()
    child = os.posix_spawn(
        "/usr/bin/env",
        ["env", "-C", str(folder), *command],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_WRONLY, 0) for one in (1, 2)],
    )
    _, status, usage = os.wait4(child, 0)
    if status:
        raise FailedRunError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024
