"""Bringing a sandbox up, from whatever a killed one left, and taking it down without a trace."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox.cluster import control_plane, holder, netns, processes, real_node
from sandbox.cluster.layout import Layout
from sandbox.cluster.nodes import DEFAULT_NODES, FakeNode
from sandbox.cluster.real_node import machine_facts, require_real_node
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.errors import SandboxError
from sandbox.toolchain.ensure import (
    SYSTEM_PACKAGES,
    Progress,
    Toolset,
    ensure,
    install_line,
    missing,
    silent,
)


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
        real_node.remove(layout.cgroup)
    except OSError:
        return False
    return True


SPACE = 500 * 1000**2
"""Bytes; the logs and etcd's files of a cluster with three stacks take 150 MB, measured."""

COVERED = Path("/run")
"""The holder covers it before it can show what lies below."""


class StateError(SandboxError):
    """The files of a sandbox cannot be kept where they should be."""


def check_space(folder: Path, free: int | None = None) -> None:
    """Raise StateError when the disk of `folder` is too full for a sandbox (`free` in bytes)."""
    left = shutil.disk_usage(folder).free if free is None else free
    if left < SPACE:
        raise StateError(
            f"A sandbox needs {SPACE // 1000**2} MB of disk, and {folder} has {left // 1000**2}",
            "Free some, or set XDG_STATE_HOME to a folder on a larger disk",
        )


def check_visible(folders: Iterable[Path]) -> None:
    """Raise StateError for a folder that the programs of a sandbox could not see."""
    hidden = [folder for folder in folders if folder.is_relative_to(COVERED)]
    if hidden:
        raise StateError(
            f"The programs of a sandbox see a {COVERED} of their own, and not {hidden[0]}",
            "Set XDG_STATE_HOME and XDG_CACHE_HOME to folders elsewhere",
        )


@contextmanager
def writing(folder: Path) -> Generator[None]:
    """Turn a refusal to write to `folder`, or to make it, into a StateError."""
    try:
        yield
    except OSError as error:
        place = Path(str(error.filename or ""))
        if not (place.is_relative_to(folder) or folder.is_relative_to(place)):
            raise
        raise StateError(
            f"{place} cannot be written: {error.strerror}",
            "Mend that, or set XDG_STATE_HOME to a folder that root may write to",
        ) from error


TOOLS = ("kubernetes", "kwok")


class UpError(SandboxError):
    """This machine cannot run a sandbox as it is."""


def require_root(user: int, system: str = sys.platform) -> None:
    """Raise UpError unless the user may make namespaces."""
    if system != "linux":
        raise UpError(
            f"A sandbox is made of Linux namespaces, and this machine runs {system}",
            "Use a cluster that is there with `sandbox up --context NAME`",
        )
    if user != 0:
        raise UpError(
            "A sandbox makes network namespaces and mounts, which only root may do",
            "Run the same command with sudo, or use a cluster that is there with `--context NAME`",
        )


def require_packages(*, real: bool) -> None:
    """Raise UpError naming the distribution's packages that are missing."""
    needed = [one for one in SYSTEM_PACKAGES if one.cluster and (real or not one.real_node)]
    lacking = missing(needed)
    if lacking:
        names = ", ".join(one.package for one in lacking)
        raise UpError(f"The sandbox needs {names}", f"Run: {install_line(lacking)}")


@contextmanager
def locked(layout: Layout) -> Generator[None]:
    """Let one command at a time change the sandboxes of this user."""
    with writing(layout.root.parent):
        layout.root.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(layout.root.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def up(
    layout: Layout,
    *,
    nodes: Sequence[FakeNode] = DEFAULT_NODES,
    real: bool = False,
    progress: Progress = silent,
) -> Sandbox:
    """Return a running sandbox with these fake nodes, and a real one if asked.

    One that already runs is returned as it is; raises SandboxError and leaves only logs on failure.
    """
    require_root(os.geteuid())
    require_packages(real=real)
    if real:
        require_real_node(machine_facts())
    tools = ensure(TOOLS, progress)
    with locked(layout):
        running = find(layout, tools)
        if running and all(running.programs().values()):
            progress(f"sandbox {layout.name}: already up\n")
            return with_real_node(running, progress) if real else running
        down(layout)
        try:
            return bring_up(layout, tools, nodes, real=real, progress=progress)
        except BaseException:
            down(layout, keep_logs=True)
            raise


def bring_up(
    layout: Layout, tools: Toolset, nodes: Sequence[FakeNode], *, real: bool, progress: Progress
) -> Sandbox:
    """Bring up a sandbox where nothing of one is left."""
    check_space(layout.root.parent)
    check_visible(kept(layout, tools))
    if real:
        real_node.create(layout.cgroup)
    netns.create(layout.netns)
    with writing(layout.root.parent):
        for folder in layout.folders():
            folder.mkdir(parents=True, mode=0o700)
        # Pods that do not run as root must reach the volumes below.
        layout.volumes.chmod(0o755)
        control_plane.write_files(layout, tools.shares["kwok"] / "stages")
    sandbox = Sandbox(layout=layout, tools=tools, holder=holder.start(layout, kept(layout, tools)))
    control_plane.start(sandbox)
    control_plane.populate(sandbox, nodes)
    progress(f"sandbox {layout.name}: control plane and {len(nodes)} fake nodes are ready\n")
    return with_real_node(sandbox, progress) if real else sandbox


def with_real_node(sandbox: Sandbox, progress: Progress) -> Sandbox:
    """Add the real node unless it runs, and return the sandbox."""
    if "kubelet" not in sandbox.programs():
        real_node.create(sandbox.layout.cgroup)
        real_node.start(sandbox)
        progress(f"sandbox {sandbox.name}: real node {real_node.NAME} is ready\n")
    return sandbox


def kept(layout: Layout, tools: Toolset) -> list[Path]:
    """Return the folders that the sandbox's programs must see."""
    folders = dict.fromkeys(path.parent for path in tools.programs.values())
    return [layout.root, *folders]


def find(layout: Layout, tools: Toolset) -> Sandbox | None:
    """Return the running sandbox of this name, or None."""
    found = holder.find(layout)
    return Sandbox(layout=layout, tools=tools, holder=found) if found else None


def find_running(layout: Layout) -> Sandbox:
    """Return the running sandbox of this name; raises UpError when there is none."""
    require_root(os.geteuid())
    tools = ensure(TOOLS)
    running = find(layout, tools)
    if not running:
        raise UpError(f"No sandbox {layout.name!r} is running", "Bring one up with `sandbox up`")
    return running
