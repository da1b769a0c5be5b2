"""Having the tools: installed, cached, downloaded or built; and what the distribution must give."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.toolchain.cache import Means, cached, means
from sandbox.toolchain.place import Progress, silent
from sandbox.toolchain.tools import TOOLS, Probe, Tool, here, platform_of


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


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A tool's programs by name, or none and why what is there is not taken, if anything is."""

    programs: dict[str, Path] = field(default_factory=dict[str, Path])
    refusal: str = ""


def installed(tool: Tool) -> Installed:
    """Return the programs of a tool that the machine has, if they are suitable.

    A tool whose side files come with its module is never taken from the machine.
    """
    if tool.probe is None or tool.files:
        return Installed()
    paths = {program: shutil.which(program) for program in tool.programs}
    found = {program: Path(path) for program, path in paths.items() if path}
    if tool.probe.program not in found:
        return Installed()
    refusal = foreign(found) or lacking(paths) or unsuitable(tool.probe, found[tool.probe.program])
    return Installed(refusal=refusal) if refusal else Installed(programs=found)


def foreign(programs: dict[str, Path]) -> str:
    """Return what is wrong when a program is for another machine, or nothing."""
    for program in programs.values():
        found = platform_of(program)
        if found not in (None, here()):
            return f"{program} is for {found}, and this machine is {here()}"
    return ""


def lacking(paths: dict[str, str | None]) -> str:
    """Return which programs of a tool are not on PATH, or nothing."""
    names = [name for name, path in paths.items() if not path]
    return f"of the installed programs {', '.join(names)} are missing" if names else ""


def unsuitable(probe: Probe, program: Path) -> str:
    """Return why a program cannot be used, told from what it says of its version, or nothing."""
    try:
        done = subprocess.run(
            [program, *probe.arguments], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return f"{program} does not start"
    if done.returncode or not reports(probe, done.stdout):
        said = " ".join(done.stdout.split()) or "nothing"
        return f"{program} says {said[:60]!r}, and {probe.accepts}* is needed"
    return ""


def reports(probe: Probe, output: str) -> bool:
    """Tell whether a version command's output names an accepted version."""
    return any(word.startswith(probe.accepts) for word in output.split())


@dataclass(frozen=True, kw_only=True)
class Toolset:
    """Where the tools lie: programs by name, and the folder with side files of cached ones."""

    programs: dict[str, Path] = field(default_factory=dict[str, Path])
    shares: dict[str, Path] = field(default_factory=dict[str, Path])

    def program(self, name: str) -> str:
        """Return the path of one program as text, for a command line."""
        return str(self.programs[name])

    def path(self, inherited: str) -> str:
        """Return a PATH that finds these programs first."""
        folders = dict.fromkeys(str(path.parent) for path in self.programs.values())
        return os.pathsep.join([*folders, inherited])


__all__ = ["Progress", "ToolNameError", "Toolset", "ensure", "silent"]


class ToolNameError(SandboxError):
    """A tool was asked for that the sandbox does not have."""


def ensure(
    names: Iterable[str] = (),
    progress: Progress = silent,
    *,
    by: Means | None = None,
    thorough: bool = False,
) -> Toolset:
    """Return the named tools (all by default), making what the machine lacks.

    `thorough` reads every cached file anew. Raises SandboxError when a tool cannot be had; what
    was made before stays.
    """
    wanted = set(names)
    check_names(wanted)
    tools = Toolset()
    for tool in TOOLS:
        if not wanted or tool.name in wanted:
            add(tools, tool, by or means(), progress, thorough=thorough)
    return tools


def check_names(names: set[str]) -> None:
    """Raise ToolNameError for a tool that does not exist."""
    known = [tool.name for tool in TOOLS]
    unknown = sorted(names.difference(known))
    if unknown:
        raise ToolNameError(f"There is no tool {unknown[0]!r}", f"Choose from {', '.join(known)}")


def add(tools: Toolset, tool: Tool, by: Means, progress: Progress, *, thorough: bool) -> None:
    """Add one tool to the set, from the machine or the cache."""
    if tools.programs.keys() >= set(tool.programs):
        # The release of Pulumi's CLI brought the language host along.
        return
    found = installed(tool)
    if found.programs:
        progress(f"{tool.name} {tool.version}: installed\n")
        tools.programs.update(found.programs)
        return
    if found.refusal:
        progress(f"{tool.name} {tool.version}: {found.refusal}\n")
    entry = cached(tool, by, progress, thorough=thorough)
    tools.programs.update({path.name: path for path in (entry / "bin").iterdir()})
    tools.shares[tool.name] = entry / "share"
