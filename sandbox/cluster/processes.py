"""The processes of a sandbox, by id and start time, and the logs they write."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster.layout import Layout
from sandbox.errors import SandboxError

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


class LogError(SandboxError):
    """There is no log of this program."""


def names(layout: Layout) -> list[str]:
    """Return the names of the programs that have a log."""
    return sorted(path.stem for path in layout.logs.glob("*.log"))


def tail(layout: Layout, program: str, lines: int) -> str:
    """Return the last lines of a program's log; without a program, the names of all logs."""
    known = names(layout)
    if not program and known:
        return "\n".join(known)
    if program not in known:
        choice = f"Choose from {', '.join(known)}" if known else "Bring one up with `sandbox up`"
        raise LogError(f"The sandbox {layout.name} has no log {program!r}", choice)
    text = (layout.logs / f"{program}.log").read_text(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The line of a log that says why a program ended, and what to do about it."""

    cause: str
    cure: str


CURES: tuple[tuple[str, str], ...] = (
    (
        r"no space left on device|disk quota exceeded",
        "Free some disk, or set XDG_STATE_HOME to a folder on a larger one, then run `up` again",
    ),
    (
        # A file that is no program is read by a shell, which complains about one of its lines.
        r"exec format error|/bin/[\w-]+: \d+: |failed to execute .*(permission|no such file)",
        "It is damaged or not for this machine: run `sandbox toolchain`, which replaces it",
    ),
    (
        r"address already in use",
        "End what else runs in the sandbox's network namespace: `sandbox down`, then `up`",
    ),
)
"""What a log may say, as a pattern, and the cure; the first that is found counts."""

UNKNOWN = "Read its log with `sandbox logs`, then run `up` again, which starts from nothing"
COMPLAINT = r"\b(error|fatal|panic|failed)\b"
LONGEST = 300


def ending(log: str) -> Ending:
    """Return why a program ended, by its log; where nothing is known, its last words."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for pattern, cure in CURES:
        for line in reversed(lines):
            if re.search(pattern, line, re.IGNORECASE):
                return Ending(cause=line[:LONGEST], cure=cure)
    # Below a complaint there may be a trace, whose last line says little.
    complaints = [line for line in lines if re.search(COMPLAINT, line, re.IGNORECASE)]
    last = (complaints or lines or ["nothing"])[-1]
    return Ending(cause=last[:LONGEST], cure=UNKNOWN)
