"""Copies a set from the claim to a pod's own volume, each byte hashed on its way."""

import hashlib
import os
from pathlib import Path

from fetch.volume import recorded, say, size_of, write_marker
from fetch.weight_set import PATH, PassingError, Weight, WeightsError

CHUNK = 8 << 20


def copy_set(digest: str, source: Path, target: Path) -> None:
    """Copy every file of a set, or raise: what lies on the target afterwards is whole."""
    marker = source / ".sets" / f"{digest}.json"
    sizes = recorded(marker)
    if not sizes:
        raise PassingError(f"{source}: does not hold the set {digest}: run the weights Job again.")
    target.mkdir(exist_ok=True)
    weights = [_weight(path, size) for path, size in sizes.items()]
    for each in weights:
        # A container that starts again in the same pod finds what it had copied.
        if size_of(target / each.path) != each.about:
            say(f"{each.path}: copying {each.about} bytes")
            _copy(source / each.path, target / each.path, each)
    write_marker(target / ".sets" / f"{digest}.json", digest, weights, target)
    say(f"{len(weights)} files are copied: set {digest}")


def _weight(path: str, size: int) -> Weight:
    match = PATH.fullmatch(path)
    if not match:
        raise WeightsError(f"{path}: is no path of a weight: the set on the claim is damaged.")
    return Weight(path=path, url="", sha256=match[1], size=size, about=size)


def _copy(source: Path, target: Path, wanted: Weight) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.partial")
    digest = hashlib.sha256()
    with source.open("rb") as file, draft.open("wb") as copy:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if digest.hexdigest() != wanted.sha256:
        draft.unlink()
        raise WeightsError(
            f"{source}: SHA-256 is {digest.hexdigest()}, expected {wanted.sha256}: the file on the"
            " claim has rotted; remove it there and run the weights Job again."
        )
    draft.replace(target)
