"""Placing a tool's folder in the cache: once, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError

RECORD = "files.json"


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """A file as it was when made: its digest, and the size and time that spare a re-read.

    A link has its target for a digest, and neither size nor time.
    """

    sha256: str
    size: int
    modified_ns: int


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def record(path: Path) -> FileRecord:
    """Return the record of one file or link as it lies there now."""
    if path.is_symlink():
        return FileRecord(sha256=str(path.readlink()), size=0, modified_ns=0)
    status = path.stat()
    return FileRecord(sha256=digest(path), size=status.st_size, modified_ns=status.st_mtime_ns)


def payload(folder: Path) -> list[Path]:
    """Return every file and link of an entry except its record, sorted."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return sorted(path for path in found if path != folder / RECORD)


def write_record(folder: Path) -> None:
    """Record every file of a finished entry, so that later changes are seen."""
    files = {str(path.relative_to(folder)): vars(record(path)) for path in payload(folder)}
    (folder / RECORD).write_text(json.dumps(files, indent=1))


def is_whole(folder: Path, *, thorough: bool = False) -> bool:
    """Tell whether an entry still has the files it was made with.

    A file whose size and time are unchanged is trusted unless `thorough`; any other is read and
    its digest compared.
    """
    try:
        files = json.loads((folder / RECORD).read_text())
        facts = {folder / name: FileRecord(**values) for name, values in files.items()}
        return bool(facts) and all(
            is_unchanged(path, one, thorough=thorough) for path, one in facts.items()
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def is_unchanged(path: Path, expected: FileRecord, *, thorough: bool) -> bool:
    """Tell whether a file or link still has the recorded content."""
    if path.is_symlink():
        return path.exists() and record(path) == expected
    status = path.stat()
    if (status.st_size, status.st_mtime_ns) == (expected.size, expected.modified_ns):
        return not thorough or digest(path) == expected.sha256
    return status.st_size == expected.size and digest(path) == expected.sha256


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
