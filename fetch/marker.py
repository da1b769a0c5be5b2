"""Markers: what was seen of each file of a set when its bytes were last hashed."""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any, cast

from fetch.volume import Volume, write_all
from fetch.weight_set import LARGEST, PATH, Weight, set_digest

VERSION = 2
# A set is in a ConfigMap, which is shorter; so deep that it cannot be read is refused, too.
LONGEST = 2 << 20


@dataclass(frozen=True, kw_only=True)
class Look:
    """A file as it was when its bytes had the digest in its path; a change shows in one of these.

    `mtime` and `looked` are in nanoseconds.
    """

    size: int
    mtime: int
    inode: int
    looked: int

    def is_of(self, found: os.stat_result) -> bool:
        """Say whether a file is still as it was."""
        now = (found.st_size, found.st_mtime_ns, found.st_ino)
        return now == (self.size, self.mtime, self.inode)


def look(descriptor: int) -> Look:
    """Return what is seen of an open file whose bytes were hashed just now."""
    found = os.fstat(descriptor)
    return Look(
        size=found.st_size, mtime=found.st_mtime_ns, inode=found.st_ino, looked=time.time_ns()
    )


def whole(volume: Volume, wanted: Weight, known: Look | None) -> Look | None:
    """Return what is seen of a file that has its digest, None where there is none.

    It is hashed unless it is as it was `known` to be.
    """
    descriptor = volume.open(wanted.path)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        # More than a set says is not even read.
        if found.st_size > wanted.most or wanted.size not in (None, found.st_size):
            return None
        if known and known.is_of(found):
            return known
        same = hashlib.file_digest(file, "sha256").hexdigest() == wanted.sha256
        return look(descriptor) if same else None


def marker_path(digest: str) -> str:
    """Return where the marker of a set is."""
    return f".sets/{digest}.json"


def read_marker(volume: Volume, digest: str) -> dict[str, Look]:
    """Return what a marker says of each file of exactly this set; nothing unless all of it fits."""
    descriptor = volume.open(marker_path(digest))
    if descriptor is None:
        return {}
    with os.fdopen(descriptor, "rb") as file:
        text = file.read(LONGEST + 1)
    try:
        raw = cast("dict[str, Any]", json.loads(text)) if len(text) <= LONGEST else {}
        version, files = raw["version"], cast("list[dict[str, Any]]", raw["files"])
        found = {str(each["path"]): _look(each) for each in files}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    paths = list(found)
    # The digest is of the paths: nobody can leave one out, or name another.
    fits = all(PATH.fullmatch(path) for path in paths) and set_digest(paths) == digest
    return found if version == VERSION and fits else {}


def _look(raw: Mapping[str, Any]) -> Look:
    found = Look(**{key: raw[key] for key in ("size", "mtime", "inode", "looked")})
    if any(type(number) is not int for number in astuple(found)) or not 0 < found.size <= LARGEST:
        raise ValueError("not what a file looks like")
    return found


def write_marker(volume: Volume, digest: str, seen: Mapping[str, Look]) -> None:
    """Record in one atomic step that the whole set is there."""
    files = [{"path": path, **asdict(each)} for path, each in seen.items()]
    text = json.dumps({"version": VERSION, "digest": digest, "files": files}, indent=1)
    draft = f".sets/{digest}.new"
    descriptor = volume.create(draft)
    try:
        write_all(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    volume.rename(draft, f"{digest}.json")
