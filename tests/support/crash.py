"""Ending one program of a running sandbox as a crash would, to see what the others do."""

from __future__ import annotations

from sandbox.cluster import processes
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.errors import SandboxError


class CrashError(SandboxError):
    """There is no such program to end."""


def crash(sandbox: Sandbox, name: str) -> None:
    """End a program at once, without a chance to tidy up; `Sandbox.start` brings it back.

    Raises CrashError when it does not run.
    """
    entered = processes.load(sandbox.layout.processes / f"{name}.json")
    # What was started is the command that entered the namespaces; the program is its child.
    pid = processes.child_of(entered.pid) if entered else None
    if entered is None or pid is None:
        running = ", ".join(sorted(one for one, runs in sandbox.programs().items() if runs))
        raise CrashError(f"{name!r} does not run in sandbox {sandbox.name}", f"Try {running}")
    processes.kill(pid)
    wait_until(lambda: not processes.is_running(entered), f"{name} did not end")
