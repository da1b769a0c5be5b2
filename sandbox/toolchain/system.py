"""What a sandbox takes from the distribution, in one table, and what of it is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class SystemPackage:
    """A Debian package: the file that shows it is there, and what the sandbox does with it."""

    package: str
    probe: str
    purpose: str
    cluster: bool = True
    real_node: bool = False


SYSTEM_PACKAGES: tuple[SystemPackage, ...] = (
    SystemPackage(package="iproute2", probe="ip", purpose="network namespaces"),
    SystemPackage(package="util-linux", probe="nsenter", purpose="process namespaces"),
    SystemPackage(package="openssl", probe="openssl", purpose="keys and certificates"),
    SystemPackage(
        package="git", probe="git", purpose="repositories that Argo CD reads", cluster=False
    ),
    SystemPackage(
        package="redis-server", probe="redis-server", purpose="Argo CD's cache", cluster=False
    ),
    SystemPackage(
        package="prometheus", probe="promtool", purpose="alerts, evaluated", cluster=False
    ),
    SystemPackage(
        package="containerd", probe="containerd", purpose="real containers", real_node=True
    ),
    SystemPackage(package="runc", probe="runc", purpose="real containers", real_node=True),
    SystemPackage(
        package="containernetworking-plugins",
        probe="/usr/lib/cni/bridge",
        purpose="pod addresses",
        real_node=True,
    ),
    SystemPackage(
        package="iptables", probe="iptables", purpose="service addresses", real_node=True
    ),
    SystemPackage(
        package="busybox-static", probe="busybox", purpose="the pause image", real_node=True
    ),
)


def is_installed(package: SystemPackage) -> bool:
    """Tell whether the package's program or file is on this machine."""
    if package.probe.startswith("/"):
        return Path(package.probe).exists()
    places = "/usr/local/sbin:/usr/sbin:/sbin"
    return bool(shutil.which(package.probe) or shutil.which(package.probe, path=places))


def missing(
    packages: Iterable[SystemPackage] = SYSTEM_PACKAGES,
    present: Callable[[SystemPackage], bool] = is_installed,
) -> list[SystemPackage]:
    """Return the packages that this machine lacks."""
    return [package for package in packages if not present(package)]


def install_line(packages: Iterable[SystemPackage]) -> str:
    """Return the command that installs packages on Debian or Ubuntu."""
    names = " ".join(package.package for package in packages)
    return f"apt-get update && apt-get install --no-install-recommends --yes {names}"
