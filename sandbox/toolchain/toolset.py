"""The tools that were found: where their programs and side files lie."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


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
