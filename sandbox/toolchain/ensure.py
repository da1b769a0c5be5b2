"""Having the tools: installed, cached or built, with one line of progress each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.toolchain import go
from sandbox.toolchain.build import build
from sandbox.toolchain.entry import is_whole
from sandbox.toolchain.installed import installed
from sandbox.toolchain.recipe import cache_key
from sandbox.toolchain.tools import TOOLS, Tool

Progress = Callable[[str], None]


class ToolNameError(SandboxError):
    """A tool was asked for that the sandbox does not have."""


@dataclass(frozen=True, kw_only=True)
class Toolset:
    """Where the tools lie: programs by name, and the folder with side files of built ones."""

    programs: dict[str, Path] = field(default_factory=dict[str, Path])
    shares: dict[str, Path] = field(default_factory=dict[str, Path])

    def program(self, name: str) -> str:
        """Return the path of one program as text, for a command line."""
        return str(self.programs[name])

    def path(self, inherited: str) -> str:
        """Return a PATH that finds these programs first."""
        folders = dict.fromkeys(str(path.parent) for path in self.programs.values())
        return os.pathsep.join([*folders, inherited])


def cache_folder(environment: dict[str, str] | None = None) -> Path:
    """Return where built tools are kept, by the XDG base directory rules."""
    values = os.environ if environment is None else environment
    root = values.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "localai-gitops" / "toolchain"


def available(name: str) -> Path | None:
    """Return the cache entry of a tool if it is built, without building it."""
    tool = next(tool for tool in TOOLS if tool.name == name)
    entry = cache_folder() / f"{tool.name}-{cache_key(tool, go.version())}"
    return entry if is_whole(entry) else None


def silent(_: str) -> None:
    """Drop a line of progress."""


def ensure(names: Iterable[str] = (), progress: Progress = silent) -> Toolset:
    """Return the named tools (all by default), building what the machine lacks.

    Raises SandboxError when one cannot be had; what was built before stays.
    """
    wanted = set(names)
    check_names(wanted)
    tools = Toolset()
    for tool in TOOLS:
        if not wanted or tool.name in wanted:
            add(tools, tool, progress)
    return tools


def check_names(names: set[str]) -> None:
    """Raise ToolNameError for a tool that does not exist."""
    known = [tool.name for tool in TOOLS]
    unknown = sorted(names.difference(known))
    if unknown:
        raise ToolNameError(f"There is no tool {unknown[0]!r}", f"Choose from {', '.join(known)}")


def add(tools: Toolset, tool: Tool, progress: Progress) -> None:
    """Add one tool to the set, from the machine or the cache."""
    found = installed(tool)
    if found:
        progress(f"{tool.name} {tool.version}: installed\n")
        tools.programs.update(found)
        return
    entry = cached(tool, progress)
    binaries = {path.name: path for path in (entry / "bin").iterdir()}
    tools.programs.update(binaries)
    tools.shares[tool.name] = entry / "share"


def cached(tool: Tool, progress: Progress) -> Path:
    """Return the cache entry of one tool, building it when it is missing or damaged."""
    entry = cache_folder() / f"{tool.name}-{cache_key(tool, go.version())}"
    if is_whole(entry):
        progress(f"{tool.name} {tool.version}: cached\n")
        return entry
    # Official releases are not downloaded: a module build works behind a mirror as well.
    progress(f"{tool.name} {tool.version}: building, {tool.minutes:g} min the first time ... ")
    start = time.monotonic()
    built = build(tool, entry)
    word = "built" if built else "built by another run"
    progress(f"{word} in {time.monotonic() - start:.0f} s\n")
    return entry
