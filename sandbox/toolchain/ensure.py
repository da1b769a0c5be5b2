"""Having the tools: installed, cached, downloaded or built, with one line of progress each."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.errors import SandboxError
from sandbox.toolchain.cache import Means, cached, means
from sandbox.toolchain.installed import installed
from sandbox.toolchain.place import Progress, silent
from sandbox.toolchain.tools import TOOLS, Tool
from sandbox.toolchain.toolset import Toolset

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
