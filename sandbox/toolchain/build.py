"""Building one tool from its Go module into a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.toolchain import go
from sandbox.toolchain.recipe import WRAPPERS, build_command
from sandbox.toolchain.tools import ModuleFile, Tool


def assemble(tool: Tool, folder: Path) -> None:
    """Compile a tool and lay its programs and side files into `folder`; raises GoError."""
    go.check_version(go.version())
    programs = folder / "bin"
    programs.mkdir()
    binary, *others = (programs / name for name in tool.programs)
    go.run(build_command(tool, binary), WRAPPERS / tool.wrapper)
    for other in others:
        other.symlink_to(binary.name)
    for file in tool.files:
        copy(file, folder)


def copy(file: ModuleFile, folder: Path) -> None:
    """Copy one side file out of its module, so that the module cache may go."""
    source = go.module_folder(file.module, WRAPPERS / file.wrapper) / file.path
    target = folder / file.target
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if file.executable else 0o644)
