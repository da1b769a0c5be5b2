"""Tools that the machine already has, taken when their version is suitable."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.toolchain.platforms import here, platform_of
from sandbox.toolchain.tools import Probe, Tool


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
