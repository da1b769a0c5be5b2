"""The memory of a command and of all processes that it starts, at its peak."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers.contest import Command
from benchmarks.process import FailedRunError

_PAUSE = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")


def peak(command: Command, stream: Path) -> float:
    """Run a command, write its stream to a file, and return its largest memory in MiB.

    What processes share is counted for each of them.

    Raises:
        FailedRunError: it ended with an error.
    """
    largest = 0
    with stream.open("wb") as out:
        child = subprocess.Popen(
            command.argv, cwd=command.folder, stdout=out, stderr=subprocess.DEVNULL,
            env={**os.environ, **command.environment},
        )  # fmt: skip
        while child.poll() is None:
            largest = max(largest, sum(_resident(one) for one in _descendants(child.pid)))
            time.sleep(_PAUSE)
    if child.returncode:
        raise FailedRunError(f"{' '.join(command.argv)} ended with {child.returncode}")
    if command.output:
        stream.write_bytes(command.output.read_bytes())
    return largest / 2**20


def _descendants(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        parent = _parent(place)
        children.setdefault(parent, []).append(int(place.parent.name))
    waiting = [root]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children.get(one, [])


def _parent(place: Path) -> int:
    try:
        # The name before it, in brackets, may hold spaces.
        return int(place.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
