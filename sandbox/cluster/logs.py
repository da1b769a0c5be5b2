"""Reading the log files of a sandbox's programs."""

from __future__ import annotations

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
