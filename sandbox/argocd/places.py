"""Where Argo CD's programs keep their files: all of it inside the sandbox's own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster.layout import Layout


@dataclass(frozen=True, kw_only=True)
class Places:
    """The folders of Argo CD in one sandbox."""

    root: Path

    @property
    def programs(self) -> Path:
        """Links to the one binary, by the names that tell it which role to play."""
        return self.root / "bin"

    @property
    def tls(self) -> Path:
        """Certificates of repository hosts; none is needed."""
        return self.root / "tls"

    @property
    def ssh(self) -> Path:
        """Known SSH hosts; none is needed."""
        return self.root / "ssh"

    @property
    def plugins(self) -> Path:
        """Sockets of manifest plugins; there are none."""
        return self.root / "plugins"

    @property
    def home(self) -> Path:
        """The home folder, so that nothing of the machine's user is read."""
        return self.root / "home"

    @property
    def work(self) -> Path:
        """Temporary files: checkouts and manifests."""
        return self.root / "work"

    def folders(self) -> tuple[Path, ...]:
        """Return every folder that must exist before a program starts."""
        return (self.programs, self.tls, self.ssh, self.plugins, self.home, self.work)


def places(layout: Layout) -> Places:
    """Return the places of Argo CD in a sandbox."""
    return Places(root=layout.data / "argocd")
