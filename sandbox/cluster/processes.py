"""Processes by id and start time, so that a reused id is never taken for one of ours."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process as the kernel knows it; `started` is in clock ticks since boot."""

    pid: int
    started: int


@dataclass(frozen=True, kw_only=True)
class Stat:
    """What /proc tells of a process: state letter, parent and start time."""

    state: str
    parent: int
    started: int


def parse_stat(text: str) -> Stat:
    """Return the facts in a /proc/<pid>/stat line; the name in it may hold any character."""
    fields = text.rsplit(")", 1)[1].split()
    return Stat(state=fields[0], parent=int(fields[1]), started=int(fields[19]))


def stat(pid: int) -> Stat | None:
    """Return what /proc tells of a process, or None when it is gone."""
    try:
        return parse_stat(Path(f"/proc/{pid}/stat").read_text())
    except (OSError, IndexError):
        return None


def identify(pid: int) -> Process | None:
    """Return the identity of a running process, or None."""
    facts = stat(pid)
    return Process(pid=pid, started=facts.started) if facts else None


def is_running(process: Process) -> bool:
    """Tell whether exactly this process still runs (a zombie does not)."""
    facts = stat(process.pid)
    return bool(facts and facts.started == process.started and facts.state != "Z")


def is_alive(pid: int) -> bool:
    """Tell whether a process just started still runs."""
    facts = stat(pid)
    return bool(facts and facts.state != "Z")


def child_of(pid: int) -> int | None:
    """Return a child of a process, or None when it has none."""
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return next((one for one in pids if (facts := stat(one)) and facts.parent == pid), None)


def spawn(argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> int:
    """Start a program in a session of its own with its output in `log`; return its id."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    variables = {"PATH": PROGRAM_PATH, "HOME": "/root", **(environment or {})}
    return os.posix_spawnp(argv[0], list(argv), variables, file_actions=actions, setsid=True)


def kill(pid: int) -> None:
    """End one process at once, and collect it if it is a child of ours."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def save(process: Process, path: Path) -> None:
    """Record a process in a file."""
    path.write_text(json.dumps(vars(process)))


def load(path: Path) -> Process | None:
    """Return the process recorded in a file, or None when the record is missing or cut short."""
    try:
        return Process(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
