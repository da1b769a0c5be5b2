"""Tools that the machine already has, taken when their version is suitable."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from sandbox.toolchain.tools import Probe, Tool


def installed(tool: Tool) -> dict[str, Path] | None:
    """Return the programs of a suitable installed tool by name, or None.

    A tool whose side files come with its module is never taken from the machine.
    """
    if tool.probe is None or tool.files:
        return None
    paths = {program: shutil.which(program) for program in tool.programs}
    found = {program: Path(path) for program, path in paths.items() if path}
    if len(found) < len(paths) or not is_suitable(tool.probe, found[tool.probe.program]):
        return None
    return found


def is_suitable(probe: Probe, program: Path) -> bool:
    """Tell whether an installed program reports a version that the sandbox can use."""
    try:
        done = subprocess.run(
            [program, *probe.arguments], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and reports(probe, done.stdout)


def reports(probe: Probe, output: str) -> bool:
    """Tell whether a version command's output names an accepted version."""
    return any(word.startswith(probe.accepts) for word in output.split())
