"""Taking a sandbox down: no process, mount, namespace, control group or file is left."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.cluster import holder, machine, netns, processes
from sandbox.cluster.layout import Layout
from sandbox.cluster.waiting import wait_until


def down(layout: Layout, *, keep_logs: bool = False) -> bool:
    """Remove all that a sandbox of this name has left, running or not; tell if there was any."""
    existed = layout.root.exists() or netns.exists(layout.netns)
    end_holder(layout)
    if netns.exists(layout.netns):
        end_processes(layout)
        netns.remove(layout.netns)
    wait_until(lambda: removed_groups(layout), "The sandbox's containers did not end", seconds=10)
    for folder in doomed(layout, keep_logs=keep_logs):
        shutil.rmtree(folder, ignore_errors=True)
    return existed


def doomed(layout: Layout, *, keep_logs: bool) -> list[Path]:
    """Return the folders to remove; logs may be wanted after a failure."""
    if not keep_logs:
        return [layout.root]
    return [folder for folder in layout.folders() if folder != layout.logs]


def end_holder(layout: Layout) -> None:
    """End the holder, and with it every process and mount in its namespaces."""
    found = holder.find(layout)
    if found:
        processes.kill(found.pid)
        wait_until(lambda: not processes.is_running(found), "The sandbox's holder did not end")


def end_processes(layout: Layout) -> None:
    """End what is still in the network namespace: commands that were run inside it."""

    def ended() -> bool:
        remaining = netns.pids(layout.netns)
        for pid in remaining:
            processes.kill(pid)
        return not remaining

    wait_until(ended, "Processes in the sandbox's network namespace did not end")


def removed_groups(layout: Layout) -> bool:
    """Remove the control groups if their last processes are gone; tell whether they are."""
    try:
        machine.remove(layout.cgroup)
    except OSError:
        return False
    return True
