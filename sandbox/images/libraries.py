"""Which shared libraries a program of this machine needs, as its loader tells."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

NAMED = re.compile(r"^\s*\S+ => (/\S+)", re.MULTILINE)
LOADER = re.compile(r"^\s*(/\S*ld-linux\S*)", re.MULTILINE)


def parse_ldd(output: str) -> list[str]:
    """Return the absolute paths in the output of `ldd`, loader included."""
    return [*NAMED.findall(output), *LOADER.findall(output)]


def libraries(programs: Iterable[Path]) -> dict[str, Path]:
    """Return every library that these programs load, by the path at which they look for it."""
    done = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False)
    return {path: Path(path) for path in parse_ldd(done.stdout)}
