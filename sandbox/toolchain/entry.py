"""One built tool in the cache: its files, and the record that proves they are whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

RECORD = "files.json"


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """A file as it was when built: its digest, and the size and time that spare a re-read."""

    sha256: str
    size: int
    modified_ns: int


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def record(path: Path) -> FileRecord:
    """Return the record of one file as it lies there now."""
    status = path.stat()
    return FileRecord(sha256=digest(path), size=status.st_size, modified_ns=status.st_mtime_ns)


def payload(folder: Path) -> list[Path]:
    """Return every real file of an entry except its record, sorted; links follow their target."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if path != folder / RECORD)


def write_record(folder: Path) -> None:
    """Record every file of a finished entry, so that later changes are seen."""
    files = {str(path.relative_to(folder)): vars(record(path)) for path in payload(folder)}
    (folder / RECORD).write_text(json.dumps(files, indent=1))


def is_whole(folder: Path) -> bool:
    """Tell whether an entry has exactly the files it was built with.

    A file whose size and time are unchanged is trusted; any other is read and its digest compared.
    """
    try:
        files = json.loads((folder / RECORD).read_text())
        facts = {folder / name: FileRecord(**values) for name, values in files.items()}
        return bool(facts) and all(is_unchanged(path, one) for path, one in facts.items())
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def is_unchanged(path: Path, expected: FileRecord) -> bool:
    """Tell whether a file still has the recorded content."""
    status = path.stat()
    if (status.st_size, status.st_mtime_ns) == (expected.size, expected.modified_ns):
        return True
    return status.st_size == expected.size and digest(path) == expected.sha256
