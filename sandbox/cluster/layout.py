"""Where one named sandbox keeps its files, and what its namespace and cgroup are called."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")


class LayoutError(SandboxError):
    """A sandbox name that cannot be part of a file or namespace name."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The places of one sandbox; everything but the namespace and cgroup lies under `root`."""

    name: str
    root: Path

    @property
    def netns(self) -> str:
        """The network namespace, as `ip netns` lists it."""
        return f"localai-sandbox-{self.name}"

    @property
    def cgroup(self) -> str:
        """The control group that holds the real node's pods, without a leading slash."""
        return f"localai-sandbox-{self.name}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; its address answers inside the namespace only."""
        return self.config / "admin.kubeconfig"

    @property
    def keys(self) -> Path:
        """Private keys and certificates."""
        return self.root / "keys"

    @property
    def config(self) -> Path:
        """Configuration files of the cluster's programs."""
        return self.root / "config"

    @property
    def logs(self) -> Path:
        """One log file a program."""
        return self.root / "logs"

    @property
    def processes(self) -> Path:
        """One record a started program."""
        return self.root / "processes"

    @property
    def volumes(self) -> Path:
        """What claims are bound to."""
        return self.root / "volumes"

    @property
    def data(self) -> Path:
        """State of etcd, containerd and the kubelet."""
        return self.root / "data"

    def folders(self) -> tuple[Path, ...]:
        """Return every folder that must exist before a program starts."""
        return (self.keys, self.config, self.logs, self.processes, self.volumes, self.data)


def sandboxes_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Return where sandboxes are kept, by the XDG base directory rules."""
    values = os.environ if environment is None else environment
    root = Path(values.get("XDG_STATE_HOME", ""))
    # The rules say to ignore a relative one.
    chosen = root if root.is_absolute() else Path.home() / ".local" / "state"
    return chosen / "localai-gitops" / "sandbox"


def layout(name: str = "default", folder: Path | None = None) -> Layout:
    """Return the places of the sandbox called `name`; raises LayoutError for an odd name."""
    if not NAME.fullmatch(name):
        raise LayoutError(
            f"{name!r} cannot name a sandbox",
            "Use at most 20 lower-case letters, digits and inner hyphens",
        )
    return Layout(name=name, root=(folder or sandboxes_folder()) / name)
