"""One tool in the cache: its files, and the record that proves they are whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

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
