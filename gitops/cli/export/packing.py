"""Packs a bundle: one archive, in the order of its list, that a cut run goes on with."""

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from gitops.adapters.archive import (
    ArchiveError,
    add,
    add_file,
    close,
    moved,
    reading,
    writing,
)
from gitops.adapters.signature import BUNDLES, signature
from gitops.export.bundle import DIGEST, LARGEST_LIST, LIST, SIGNATURE, Bundle, Entry, refused, text

Bar = Callable[[str, int], Any]


def pack(out: Path, made: Bundle, files: Mapping[str, Path], key: Path | None, bar: Bar) -> None:
    """Write the archive next to its place, going on behind the files that a cut run left whole.

    Raises:
        RefusedError: the disk is too small, or a file is not what its name says.
        OutsideError: it cannot be signed.
    """
    draft = out.with_name(f"{out.name}.partial")
    content = text(made).encode()
    signed = signature(content, key, BUNDLES).encode() if key else b""
    done = _whole(draft, content, made.here, bar)
    at = done[1] if done else 0
    free = shutil.disk_usage(draft.parent).free + (draft.stat().st_size if draft.exists() else 0)
    if made.size > free:
        cause = f"needs {made.size} bytes, and {free} are free"
        raise refused(str(draft), cause, "free some, or name a file on another disk")
    with writing(draft, at) as archive:
        if not done:
            add(archive, LIST, content)
            add(archive, DIGEST, hashlib.sha256(content).hexdigest().encode())
            if signed:
                add(archive, SIGNATURE, signed)
        _pack_rest(archive, made.here[done[0] if done else 0 :], files, bar)
        close(archive)
    draft.replace(out)


def _pack_rest(
    archive: BinaryIO, entries: Sequence[Entry], files: Mapping[str, Path], bar: Bar
) -> None:
    advance = bar("packing", sum(one.size for one in entries))
    for one in entries:
        try:
            found = add_file(archive, one.path, files[one.path], one.size, advance)
        except ArchiveError as error:
            raise refused(
                str(files[one.path]), str(error), "delete it, and run this again"
            ) from None
        if found != one.sha256:
            cause = f"has the SHA-256 {found}, not {one.sha256}"
            raise refused(str(files[one.path]), cause, "delete it, and run this again")


def _whole(
    draft: Path, content: bytes, entries: Sequence[Entry], bar: Bar
) -> tuple[int, int] | None:
    """Return how many files of a draft are whole, and where they end; None if it is another's."""
    if not draft.exists():
        return None
    count, at = 0, 0
    with reading(draft) as archive:
        try:
            if archive.first(LIST, LARGEST_LIST) != content:
                return None
            archive.first(DIGEST, LARGEST_LIST)
            archive.first(SIGNATURE, LARGEST_LIST)
            at = archive.file.tell()
            advance = bar("looking at what is packed", draft.stat().st_size)
            for one in entries:
                archive.next(one.path, one.size)
                if moved(archive.file, None, one.size, advance) != one.sha256:
                    break
                archive.skip(one.size)
                # What fills its last block may lack.
                if archive.file.tell() > draft.stat().st_size:
                    break
                count, at = count + 1, archive.file.tell()
        except ArchiveError:
            pass
    return (count, at) if at else None
