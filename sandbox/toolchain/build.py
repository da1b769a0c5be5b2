"""Building one tool into the cache: once, whole or not at all."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.toolchain import go
from sandbox.toolchain.entry import is_whole, write_record
from sandbox.toolchain.recipe import WRAPPERS, build_command
from sandbox.toolchain.tools import ModuleFile, Tool

SPACE = 6 * 1024**3
"""Bytes free before a build: the largest tool's modules, build cache and result, measured."""

Make = Callable[[Tool, Path], None]


class BuildError(SandboxError):
    """A tool could not be built on this machine."""


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold one lock file, so that two builders of one tool take turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def check_space(folder: Path, free: int | None = None) -> None:
    """Raise BuildError when a build into `folder` would run out of disk (`free` in bytes)."""
    available = shutil.disk_usage(folder).free if free is None else free
    if available < SPACE:
        raise BuildError(
            f"Building a tool needs 6 GB of disk, and {folder} has {available / 1024**3:.1f}",
            "Free some, or set XDG_CACHE_HOME to a larger disk",
        )


def build(tool: Tool, entry: Path, make: Make | None = None) -> bool:
    """Build a tool into its cache entry unless it is whole by now; tell whether it was built.

    `make` lays the tool's files into a folder; by default it compiles them.
    """
    with locked(entry.parent / f"{tool.name}.lock"):
        if is_whole(entry):
            return False
        sweep(tool, entry.parent)
        check_space(entry.parent)
        work = Path(tempfile.mkdtemp(prefix=f".building-{tool.name}-", dir=entry.parent))
        try:
            (make or assemble)(tool, work)
            write_record(work)
            shutil.rmtree(entry, ignore_errors=True)
            work.chmod(0o755)
            work.rename(entry)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return True


def sweep(tool: Tool, cache: Path) -> None:
    """Remove what interrupted builds of this tool left; the lock says none is running."""
    # The name of one tool begins with the name of another, so match the random part as well.
    for leftover in cache.glob(f".building-{tool.name}-????????"):
        shutil.rmtree(leftover, ignore_errors=True)


def assemble(tool: Tool, folder: Path) -> None:
    """Compile a tool and lay its programs and side files into `folder`."""
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
