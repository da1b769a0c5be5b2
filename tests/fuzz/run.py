"""Runs one target over many inputs in a child, and tells crash, hang, write and unknown error."""

import hashlib
import mmap
import os
import random
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.mutation import LARGEST, mutated

SLOWEST_SECONDS = 2
# By the child's own clock, where it does not answer to the one above; and by the wall's, for what
# waits without end. A busy machine may not let it run for a minute.
_STUCK_SECONDS, _LOST_SECONDS = 10, 900
_MOST_KEPT = 400
# Of memory that one target may take beyond what its readers' modules take.
_MOST_BYTES = 1024**3
# What changes something outside, or reaches for it.
_CHANGES = (
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link",
    "os.symlink", "os.truncate", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.putenv",
    "subprocess.Popen", "socket.connect", "socket.bind", "socket.getaddrinfo", "shutil.rmtree",
)  # fmt: skip
Read = Callable[[bytes], object]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A reader: what it reads first, at most `LARGEST` each, and its errors that refuse."""

    name: str
    read: Read
    seeds: Sequence[bytes]
    refusals: tuple[type[Exception], ...]


@dataclass
class Outcome:
    """How many inputs were read, in how many ways, and the input that failed, if one did."""

    inputs: int = 0
    ways: int = 0
    seconds: float = 0.0
    failure: str = ""
    culprit: bytes = b""


class HangError(BaseException):
    """An input took too long; no reader catches it."""


class ChangeError(BaseException):
    """A reader changed something, or reached for it; no reader catches it."""


def fuzz(target: Target, *, inputs: int, seconds: float, seed: int) -> Outcome:
    """Return what came of feeding a target in a child process, which may die of it."""
    # Length of the input at hand, how many came before it, how many ways; then the input itself.
    shared = mmap.mmap(-1, 24 + LARGEST)
    start = time.monotonic()
    child = os.fork()
    if not child:
        _child(target, shared, inputs, seconds, seed)
    status = _waited(child, shared)
    length, count, ways = (int.from_bytes(shared[at : at + 8], "big") for at in (0, 8, 16))
    found = Outcome(inputs=count, ways=ways, seconds=time.monotonic() - start)
    if status:
        found.culprit = shared[24 : 24 + length]
        found.failure = f"signal {-status}" if status < 0 else "an error"
    return found


def _waited(child: int, shared: mmap.mmap) -> int:
    """Return how a child ended; one that stands still is ended."""
    last, since, spent = b"", 0.0, 0.0
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        now, busy = time.monotonic(), _processor_seconds(child)
        if shared[:24] != last:
            last, since, spent = shared[:24], now, busy
        if busy - spent > _STUCK_SECONDS or now - since > _LOST_SECONDS:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.05)


def _processor_seconds(child: int) -> float:
    fields = Path(f"/proc/{child}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _child(target: Target, shared: mmap.mmap, inputs: int, seconds: float, seed: int) -> None:
    code = 1
    try:
        _loop(target, shared, inputs, seconds, seed)
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _loop(target: Target, shared: mmap.mmap, inputs: int, seconds: float, seed: int) -> None:
    chance, until = random.Random(seed), time.monotonic() + seconds  # noqa: S311 (no secret)
    # What was read to its end is changed as often as all that was refused.
    passed, seeds, ways = list[bytes](), list(target.seeds), set[str]()
    # What only grows takes ever longer, and finds nothing that the short ones do not.
    longest = max(2 * max(map(len, seeds)), 1024)
    armed = _guard()
    number = 0
    for number in range(inputs):
        # What was found once is read first, as it is.
        first = number < len(target.seeds)
        origin = passed if passed and number % 2 else seeds
        data = target.seeds[number] if first else mutated(origin, chance)
        shared[24 : 24 + len(data)] = data
        shared[:16] = len(data).to_bytes(8, "big") + number.to_bytes(8, "big")
        way, refused = _way(target, data, armed)
        if way not in ways:
            ways.add(way)
            shared[16:24] = len(ways).to_bytes(8, "big")
            kept = seeds if refused else passed
            if len(data) <= longest and len(kept) < len(target.seeds) + _MOST_KEPT:
                kept.append(data)
        if time.monotonic() > until:
            break
    shared[8:16] = (number + 1).to_bytes(8, "big")


def _way(target: Target, data: bytes, armed: list[bool]) -> tuple[str, bool]:
    """Return in which way an input is read, without what is special about it, and if refused."""
    armed[0], refused = True, False
    signal.setitimer(signal.ITIMER_PROF, SLOWEST_SECONDS)
    try:
        found: Any = target.read(data)
        text = f"read {found}"
    except target.refusals as error:
        text, refused = f"{type(error).__name__} {str(error)[:400]}", True
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        armed[0] = False
    return re.sub(r"'[^']*'|\"[^\"]*\"|[0-9]+", "#", text.split("\n", 1)[0])[:160], refused


def _guard() -> list[bool]:
    """Make this process raise where a reader hangs or changes something while it is armed."""
    armed = [False]

    def too_slow(_number: int, _frame: FrameType | None) -> None:
        raise HangError(f"over {SLOWEST_SECONDS} s")

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if not armed[0]:
            return
        # A descriptor that is open to be written is ours: no reader may open one.
        ours = event == "os.truncate" and isinstance(arguments[0], int)
        if (event in _CHANGES and not ours) or (event == "open" and _is_write(arguments)):
            armed[0] = False
            raise ChangeError(f"{event} {arguments!r:.200}")

    signal.signal(signal.SIGPROF, too_slow)
    sys.addaudithook(watch)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + _MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    return armed


def _is_write(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2] if len(arguments) > 2 else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))


def saved(folder: Path, data: bytes) -> Path:
    """Write an input that failed into a corpus, where every later run reads it first."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path
