"""Reading the log files of a sandbox's programs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.cluster.layout import Layout
from sandbox.errors import SandboxError


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
