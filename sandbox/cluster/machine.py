"""Whether this machine can run a real node, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster.cgroups import ROOT, is_unified
from sandbox.errors import SandboxError


class MachineError(SandboxError):
    """This machine cannot run a real node."""


@dataclass(frozen=True, kw_only=True)
class MachineFacts:
    """What a kubelet and containers need of a machine."""

    memory_limits: bool
    kernel_messages: bool
    layered_files: bool


def machine_facts(root: Path = Path("/")) -> MachineFacts:
    """Return what the machine whose file system is at `root` offers."""
    groups = root / ROOT.relative_to("/")
    if is_unified(groups):
        memory = "memory" in (groups / "cgroup.controllers").read_text().split()
    else:
        memory = (groups / "memory" / "cgroup.procs").exists()
    return MachineFacts(
        memory_limits=memory,
        kernel_messages=(root / "dev/kmsg").exists(),
        layered_files="overlay" in (root / "proc/filesystems").read_text().split(),
    )


def require_real_node(facts: MachineFacts) -> None:
    """Raise MachineError with the first thing that this machine lacks for a real node."""
    without = "Leave out --real-node: everything but running containers works without it"
    if not facts.memory_limits:
        raise MachineError("Control groups here do not limit memory, which pods need", without)
    if not facts.kernel_messages:
        raise MachineError("There is no /dev/kmsg, which the kubelet reads", without)
    if not facts.layered_files:
        raise MachineError("The kernel has no overlay file system, which images need", without)
