"""Printing a line at once, so that a long benchmark shows how far it is."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class FailedRunError(Exception):
    """A measured command ended with an error; its figures would mean nothing."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: wall and processor seconds, largest memory in MiB, and MiB given to the disk."""

    seconds: float
    processor: float
    mebibytes: float
    written: float


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


def measure(
    command: Sequence[str],
    folder: Path,
    runs: int,
    environment: Mapping[str, str] | None = None,
) -> Sample:
    """Return the figures of a command, after one run that is not counted.

    Raises:
        FailedRunError: it ended with an error.
    """
    once(command, folder, environment)
    results = [once(command, folder, environment) for _ in range(runs)]
    return sample(results)


def sample(results: Sequence[Run]) -> Sample:
    """Return runs of one command as one sample."""
    return Sample(
        seconds=tuple(run.seconds for run in results),
        mebibytes=max(run.mebibytes for run in results),
    )


def once(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command once.

    Raises:
        FailedRunError: it ended with an error.
    """
    with TemporaryFile("w+") as told:
        start = time.perf_counter()
        child = os.posix_spawn(
            "/usr/bin/env",
            ["env", "-C", str(folder), *command],
            {**os.environ, **(environment or {})},
            file_actions=[(os.POSIX_SPAWN_DUP2, told.fileno(), one) for one in (1, 2)],
        )
        _, status, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - start
        if status:
            told.seek(0)
            end = "".join(told.readlines()[-20:])
            code = os.waitstatus_to_exitcode(status)
            raise FailedRunError(f"{' '.join(command)} ended with {code}:\n{end}")
    # The kernel counts output in blocks of 512 bytes, whatever the disk's are.
    return Run(
        seconds=seconds,
        processor=usage.ru_utime + usage.ru_stime,
        mebibytes=usage.ru_maxrss / 1024,
        written=usage.ru_oublock / 2048,
    )
