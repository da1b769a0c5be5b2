"""Placing a tool's folder in the cache: once, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.toolchain.entry import is_whole, write_record

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

Fill = Callable[[Path], None]
Progress = Callable[[str], None]


class SpaceError(SandboxError):
    """The disk that holds the cache is too full."""


def silent(_: str) -> None:
    """Drop a line of progress."""


def place(name: str, entry: Path, fill: Fill, *, space: int, progress: Progress = silent) -> bool:
    """Have `fill` lay out a tool's cache entry unless it is whole by now; tell whether it did.

    `fill` works in a folder beside the entry, which takes its place when all is there. `space`
    is what must be free, in bytes. Raises SpaceError, and what `fill` raises.
    """
    with locked(entry.with_name(f"{name}.lock"), progress):
        if is_whole(entry):
            return False
        sweep(name, entry.parent)
        check_space(entry.parent, space)
        work = Path(tempfile.mkdtemp(prefix=unfinished(name), dir=entry.parent))
        try:
            fill(work)
            write_record(work)
            shutil.rmtree(entry, ignore_errors=True)
            work.chmod(0o755)
            work.rename(entry)
        except OSError as error:
            if error.errno in DISK_FULL:
                raise full(entry.parent, space) from error
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return True


def discard(name: str, entry: Path, *, thorough: bool) -> None:
    """Remove a damaged entry, unless another run has mended it by now."""
    with locked(entry.with_name(f"{name}.lock"), silent):
        if not is_whole(entry, thorough=thorough):
            shutil.rmtree(entry, ignore_errors=True)


@contextmanager
def locked(path: Path, progress: Progress) -> Generator[None]:
    """Hold one lock file, so that two that make one tool take turns.

    The system drops the lock of a process that ended, however it ended.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another run that makes it ... ")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def unfinished(name: str) -> str:
    """Return how the name of a tool's unfinished folder begins."""
    return f".building-{name}-"


def sweep(name: str, cache: Path) -> None:
    """Remove what interrupted makings of this tool left; the lock says none is running."""
    # The name of one tool begins with the name of another, so match the random part as well.
    for folder in cache.glob(f"{unfinished(name)}????????"):
        shutil.rmtree(folder, ignore_errors=True)


def check_space(folder: Path, space: int) -> None:
    """Raise SpaceError when less than `space` bytes are free in `folder`."""
    if shutil.disk_usage(folder).free < space:
        raise full(folder, space)


def full(folder: Path, space: int) -> SpaceError:
    """Return the error for a disk with too little left."""
    left = shutil.disk_usage(folder).free / 1024**3
    return SpaceError(
        f"Having this tool needs {space / 1024**3:g} GB of disk, and {folder} has {left:.1f}",
        "Free some, or set XDG_CACHE_HOME to a larger disk",
    )
