"""Copies a set from the claim to a pod's own volume, each byte hashed on its way."""

import hashlib
import os
from pathlib import Path

from fetch.marker import Look, look, read_marker, write_marker
from fetch.volume import Volume, say, write_all
from fetch.weight_set import PassingError, WeightsError

CHUNK = 8 << 20


def copy_set(digest: str, source: Path, target: Path) -> None:
    """Copy every file of a set, or raise: what lies on the target afterwards is whole."""
    claim, own = Volume(source), Volume(target)
    marked = read_marker(claim, digest)
    if not marked:
        raise PassingError(f"{source}: does not hold the set {digest}: run the weights Job again.")
    target.mkdir(exist_ok=True)
    seen = {path: _copied(path, known.size, claim, own) for path, known in marked.items()}
    write_marker(own, digest, seen)
    say(f"{len(seen)} files are copied: set {digest}")


def _copied(path: str, size: int, claim: Volume, own: Volume) -> Look:
    """Return what is seen of the copy of a file.

    A container that starts again in the same pod finds what it had copied.
    """
    found = own.open(path)
    if found is not None:
        with os.fdopen(found) as file:
            if os.fstat(found).st_size == size:
                return look(file.fileno())
    say(f"{path}: copying {size} bytes")
    return _copy(path, size, claim, own)


def _copy(path: str, size: int, claim: Volume, own: Volume) -> Look:
    source = claim.open(path)
    if source is None:
        raise PassingError(f"{path}: is not whole on the volume: run the weights Job again.")
    draft = f"{path}.partial"
    digest, left = hashlib.sha256(), size
    with os.fdopen(source, "rb") as file, os.fdopen(own.create(draft), "wb") as copy:
        # Never more than the marker says, however the file grows meanwhile.
        while chunk := file.read(min(CHUNK, left)):
            digest.update(chunk)
            write_all(copy.fileno(), chunk)
            left -= len(chunk)
        os.fsync(copy.fileno())
        seen = look(copy.fileno())
    _, expected, name = path.split("/")
    if digest.hexdigest() != expected:
        own.remove(draft)
        raise WeightsError(
            f"{claim.root / path}: SHA-256 is {digest.hexdigest()}, expected {expected}:"
            " the file on the claim has rotted; remove it there and run the weights Job again."
        )
    own.rename(draft, name)
    return seen
