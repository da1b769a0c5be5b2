"""Control groups of the real node: made before the kubelet asks for them, removed after."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def is_unified(root: Path = ROOT) -> bool:
    """Tell whether this machine has the single hierarchy of cgroup v2."""
    return (root / "cgroup.controllers").exists()


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Return the top folder of every control group hierarchy."""
    if is_unified(root):
        return [root]
    return sorted(path for path in root.iterdir() if (path / "cgroup.procs").exists())


def create(name: str, root: Path = ROOT) -> None:
    """Make one group in every hierarchy, able to hand its controllers on."""
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
        below = [path for path in group.rglob("*") if path.is_dir()] if group.exists() else []
        for path in sorted([*below, group], reverse=True):
            with suppress(FileNotFoundError):
                path.rmdir()
