"""Whether this machine can run a real node, and if not, why."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError

ROOT = Path("/sys/fs/cgroup")


class CgroupError(SandboxError):
    """The machine did not let the sandbox make a control group."""


def is_unified(root: Path = ROOT) -> bool:
    """Tell whether this machine has the single hierarchy of cgroup v2."""
    return (root / "cgroup.controllers").exists()


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Return the top folder of every control group hierarchy; some machines show none."""
    if is_unified(root):
        return [root]
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if (path / "cgroup.procs").exists())


def create(name: str, root: Path = ROOT) -> None:
    """Make one group in every hierarchy, able to hand its controllers on.

    Raises CgroupError where the machine does not allow it.
    """
    try:
        make(name, root)
    except OSError as error:
        raise CgroupError(
            f"Control groups cannot be made here: {error.strerror}, {error.filename}",
            "Leave out --real-node, or make /sys/fs/cgroup writable (a container must be "
            "privileged)",
        ) from error


def make(name: str, root: Path) -> None:
    """Make one group in every hierarchy; raises OSError where that is refused."""
    for hierarchy in hierarchies(root):
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        inherit_cpuset(hierarchy, group)
    if is_unified(root):
        controllers = (root / name / "cgroup.controllers").read_text().split()
        enable = " ".join(f"+{controller}" for controller in controllers)
        (root / name / "cgroup.subtree_control").write_text(enable)


def inherit_cpuset(hierarchy: Path, group: Path) -> None:
    """Copy the processors and memory nodes of cgroup v1, which start empty in a new group."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (group / name).exists() and not is_unified(hierarchy):
            (group / name).write_text((hierarchy / name).read_text())


def remove(name: str, root: Path = ROOT) -> None:
    """Remove one group and all below it; their processes must have ended."""
    for hierarchy in hierarchies(root):
        group = hierarchy / name
        if not group.exists():
            continue
        below = [path for path in group.rglob("*") if path.is_dir()]
        for path in sorted([*below, group], reverse=True):
            with suppress(FileNotFoundError):
                path.rmdir()


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
