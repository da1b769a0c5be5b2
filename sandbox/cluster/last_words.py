"""Why a program of the cluster ended, as far as its log tells."""

from __future__ import annotations

import re
from dataclasses import dataclass


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
