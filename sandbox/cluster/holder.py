"""The first process of a sandbox: it owns the process and mount namespaces of all others.

When it ends, for whatever reason, the kernel ends every process in them, containers included,
and drops their mounts. Nothing else has to be tracked down.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from sandbox.cluster import processes
from sandbox.cluster.layout import Layout
from sandbox.cluster.netns import enter
from sandbox.cluster.processes import Process
from sandbox.cluster.waiting import wait_until
from sandbox.errors import SandboxError


class HolderError(SandboxError):
    """The machine did not let the sandbox make its namespaces."""


KERNEL_SETTINGS = {
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1000000,
    "kernel/keys/root_maxbytes": 25000000,
}
"""What a kubelet insists on. It is shown files with these values; the machine keeps its own."""

SCRATCH = ("/tmp", "/var/log", "/var/lib")  # noqa: S108 - covered by an empty file system, never written to
"""Folders that programs write to by fixed names."""


def mounts(layout: Layout, kept: Sequence[Path]) -> list[str]:
    """Return the shell commands that give the namespace file systems of its own.

    `kept` are folders that must stay visible even where they lie under a covered one.
    """
    lines = ["mount --make-rshared /", "mount -t tmpfs tmpfs /run", "mkdir /run/kept"]
    for number, path in enumerate(kept):
        lines += [f"mkdir /run/kept/{number}", bind(path, f"/run/kept/{number}")]
    lines += [f"mount -t tmpfs tmpfs {folder}" for folder in SCRATCH]
    for number, path in enumerate(kept):
        lines += [f"mkdir -p {quoted(path)}", bind(f"/run/kept/{number}", path)]
    # The built-in provisioner of claims has this folder compiled in.
    provisioned = "/tmp/hostpath_pv"  # noqa: S108 - inside the namespace's own file system
    return [*lines, f"mkdir {provisioned}", bind(layout.volumes, provisioned)]


def settings() -> list[str]:
    """Return the shell commands that show a kubelet the kernel settings it wants."""
    lines = ["mkdir /run/sysctl"]
    for number, (name, value) in enumerate(KERNEL_SETTINGS.items()):
        copy = f"/run/sysctl/{number}"
        shown = f"/proc/sys/{name}"
        lines.append(f"test ! -e {shown} || {{ echo {value} > {copy}; {bind(copy, shown)}; }}")
    return lines


def quoted(path: str | Path) -> str:
    """Return a path as one shell word."""
    return shlex.quote(str(path))


def bind(source: str | Path, target: str | Path) -> str:
    """Return the command that shows `source` at `target` too."""
    return f"mount --bind {quoted(source)} {quoted(target)}"


def script(layout: Layout, kept: Sequence[Path]) -> str:
    """Return what the holder runs: its mounts, a sign that they are done, and a long sleep."""
    lines = ["set -e", *mounts(layout, kept), *settings(), f"touch {quoted(ready(layout))}"]
    # With this signal ignored the kernel itself collects the orphans that end up here.
    return "\n".join([*lines, "trap '' CHLD", "exec sleep infinity"])


def ready(layout: Layout) -> Path:
    """Return the file that appears once the holder's mounts are made."""
    return layout.processes / "holder.ready"


def record(layout: Layout) -> Path:
    """Return the file that remembers the holder."""
    return layout.processes / "holder.json"


def command(layout: Layout, kept: Sequence[Path]) -> list[str]:
    """Return the command line of the holder."""
    return [
        *enter(layout.netns),
        *("unshare", "--mount", "--propagation", "private", "--pid", "--mount-proc"),
        *("--fork", "--kill-child", "--"),
        *("sh", "-c", script(layout, kept)),
    ]


def start(layout: Layout, kept: Sequence[Path]) -> Process:
    """Start the holder and return the process whose namespaces all others enter.

    Raises HolderError with what it printed when the machine does not let it make its mounts.
    """
    log = layout.logs / "holder.log"
    outer = processes.spawn(command(layout, kept), log)

    def is_ready() -> bool:
        if not processes.is_alive(outer):
            raise refused(log.read_text(errors="replace"))
        return ready(layout).exists()

    wait_until(is_ready, "The sandbox's namespaces were not made", seconds=10)
    inner = processes.identify(processes.child_of(outer) or 0)
    if inner is None:
        raise refused(log.read_text(errors="replace"))
    processes.save(inner, record(layout))
    return inner


def refused(log: str) -> HolderError:
    """Return the error for a holder that ended, told from its log."""
    return HolderError(
        f"The sandbox's namespaces were refused: {log.strip() or 'nothing was printed'}",
        "Run it where root may use `unshare --mount --pid` (a container must be privileged)",
    )


def find(layout: Layout) -> Process | None:
    """Return the running holder of a sandbox, or None."""
    holder = processes.load(record(layout))
    return holder if holder and processes.is_running(holder) else None


def inside(holder: Process) -> list[str]:
    """Return the words before a command that run it in all of the sandbox's namespaces."""
    return ["nsenter", f"--target={holder.pid}", "--mount", "--net", "--pid", "--"]
