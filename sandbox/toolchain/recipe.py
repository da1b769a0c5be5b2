"""How a tool is built: its Go command line, and the key its result is kept under."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sandbox.toolchain.platforms import Platform
from sandbox.toolchain.tools import Tool

WRAPPERS = Path(__file__).parent
"""The folder that holds one Go module a tool."""

RECORDS = 2
"""Which kind of record an entry has; raised when older entries cannot be trusted."""

TAGS = "osusergo,grpcnotrace"
ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
"""What every build sets, so that a person's own Go settings cannot change the result."""


def link_flags(tool: Tool) -> str:
    """Return the linker flags: no debug tables, and the version stamps."""
    stamps = [f"-X {name}={value}" for name, value in tool.stamps]
    return " ".join(["-s -w", *stamps])


def build_command(tool: Tool, output: Path) -> list[str]:
    """Return the `go build` command line that writes one tool's program to `output`."""
    return [
        "go",
        "build",
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        f"-tags={TAGS}",
        f"-ldflags={link_flags(tool)}",
        f"-o={output}",
        tool.package,
    ]


def wrapper_files(tool: Tool, root: Path = WRAPPERS) -> list[Path]:
    """Return the files of every wrapper module that this tool is made from, sorted."""
    folders = {tool.wrapper, *(file.wrapper for file in tool.files)}
    return sorted(path for folder in folders for path in (root / folder).iterdir())


def cache_key(tool: Tool, platform: Platform, root: Path = WRAPPERS) -> str:
    """Return 16 hex digits over the wrapper's files, the recipe and the platform.

    The Go version is no part of it, so that what is built stays usable when Go goes.
    """
    digest = hashlib.sha256()
    for path in wrapper_files(tool, root):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    recipe = (RECORDS, build_command(tool, Path("output")), ENVIRONMENT, tool.files, tool.programs)
    digest.update(repr((recipe, platform)).encode())
    return digest.hexdigest()[:16]
