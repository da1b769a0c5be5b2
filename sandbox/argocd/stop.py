"""Ending one program of a running sandbox, so that nothing of it and no record is left."""

from __future__ import annotations

from sandbox.cluster import processes
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until


def end(sandbox: Sandbox, name: str) -> None:
    """End a program and forget it; one that does not run is only forgotten."""
    record = sandbox.layout.processes / f"{name}.json"
    found = processes.load(record)
    if found and processes.is_running(found):
        # The recorded process only waits for the program, which is its child in another namespace.
        processes.kill(processes.child_of(found.pid) or found.pid)
        wait_until(lambda: not processes.is_running(found), f"{name} did not end", seconds=10)
    record.unlink(missing_ok=True)
