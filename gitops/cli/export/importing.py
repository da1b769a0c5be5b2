"""`import bundle`: verifies a bundle whole, and only then fills folders and a registry from it."""

import hashlib
import os
import platform
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fetch.marker import Look, look, write_marker
from fetch.volume import Volume
from gitops.adapters.archive import ArchiveError, Reader, digest_of, moved, new_file, reading
from gitops.adapters.process import OutsideError
from gitops.adapters.signature import BUNDLES, signer
from gitops.adapters.skopeo import Skopeo
from gitops.cli.export.packing import Bar
from gitops.cli.terminal import say
from gitops.export.bundle import (
    DIGEST,
    IMAGES,
    LARGEST_LIST,
    LIST,
    SIGNATURE,
    WEIGHTS,
    Bundle,
    Entry,
    read,
    refused,
    target,
)

# For the file system's own tables, and for what grows meanwhile.
_SPARE = 64 << 20
_UNCHANGED = "nothing was changed"
_BEGUN = "files that were written before are whole, and are kept"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be filled from a bundle; weights go into each of their folders."""

    bundle: Path
    out: Path
    weights: Sequence[Path]
    registry: str
    push: bool
    signers: Path | None
    skopeo: Skopeo
    bar: Bar

    def places(self, name: str) -> list[Path]:
        """Return where a file goes."""
        if name.startswith(f"{WEIGHTS}/"):
            return [root / name for root in self.weights]
        return [self.out / name]


def take(order: Order) -> Bundle:
    """Verify a bundle, fill what was named, and return its list.

    Raises:
        RefusedError: it is cut short, altered, unsigned, of another version, for another machine,
            or does not fit, and nothing is written then; or a file of it cannot be written.
    """
    if not order.bundle.is_file():
        cause = "is not a file" if order.bundle.exists() else "is not there"
        raise refused(str(order.bundle), cause, "name the file of the bundle")
    with _refusing(order, order.bundle, _UNCHANGED), reading(order.bundle) as archive:
        made = _list(order, archive)
        begin = archive.file.tell()
        _fits(order, made)
        _verify(order, archive, made)
        archive.file.seek(begin)
        with _refusing(order, order.out, _BEGUN):
            _fill(order, archive, made)
    for root in order.weights:
        _mark(root, made.sets)
    if order.push:
        _push(order, made)
    return made


@contextmanager
def _refusing(order: Order, place: Path, so_far: str) -> Generator[None]:
    """Refuse what goes wrong, at a place where the system names none, with what was done so far."""
    try:
        yield
    except ArchiveError as error:
        cure = f"bring the whole file again; {so_far}"
        raise refused(str(order.bundle), str(error), cure) from None
    except OSError as error:
        cause = error.strerror or type(error).__name__
        cure = f"fix that, and run it again; {so_far}"
        raise refused(str(error.filename or place), cause, cure) from None


def _list(order: Order, archive: Reader) -> Bundle:
    content = archive.first(LIST, LARGEST_LIST)
    if not content:
        raise ArchiveError("is no bundle, or is cut short")
    if archive.first(DIGEST, LARGEST_LIST) != hashlib.sha256(content).hexdigest().encode():
        raise ArchiveError("has another list than it was made with")
    signed = archive.first(SIGNATURE, LARGEST_LIST)
    name = str(order.bundle)
    if order.signers:
        if not signed:
            raise refused(name, "is not signed", "make it with --sign-with KEY")
        with TemporaryDirectory() as folder:
            file = Path(folder) / SIGNATURE
            file.write_bytes(signed)
            try:
                say(f"signed by {signer(content, file, order.signers, BUNDLES)}")
            except OutsideError as error:
                raise refused(name, error.cause, error.cure) from None
    elif signed:
        say("note: it is signed, and nobody looked at that: name --signers")
    else:
        say("note: it is not signed, so nothing shows who made it")
    made = read(content, name)
    if made.machine != platform.machine():
        cause = f"is for {made.machine}, and this is {platform.machine()}"
        raise refused(name, cause, "make it on a machine like this one")
    return made


def _fits(order: Order, made: Bundle) -> None:
    """Refuse what lacks the bundle before it, or the disk."""
    for one in made.entries:
        if not one.here and not all(_is_whole(path, one) for path in order.places(one.path)):
            cause = f"comes after another bundle, and {one.path} of that one is not here"
            cure = "import that one first, into the same folders"
            raise refused(str(order.bundle), cause, cure)
    needed: dict[int, tuple[Path, int]] = {}
    for one in made.here:
        for path in order.places(one.path):
            if not path.exists():
                disk = _existing(path)
                number = disk.stat().st_dev
                needed[number] = disk, needed.get(number, (disk, _SPARE))[1] + one.size
    for disk, size in needed.values():
        free = shutil.disk_usage(disk).free
        if size > free:
            cause = f"{size} bytes are needed there, and {free} are free"
            raise refused(str(disk), cause, "free some, or name folders on another disk")


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.absolute().parents) if one.is_dir())


def _is_whole(path: Path, one: Entry) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != one.size:
        return False
    return digest_of(path) == one.sha256


def _verify(order: Order, archive: Reader, made: Bundle) -> None:
    advance = order.bar("verifying", made.size)
    for one in made.here:
        archive.next(one.path, one.size)
        if archive.content(None, one.size, advance) != one.sha256:
            raise ArchiveError(f"holds {one.path} altered")
    archive.end()


def _fill(order: Order, archive: Reader, made: Bundle) -> None:
    advance = order.bar("filling", made.size)
    for one in made.here:
        at = archive.next(one.path, one.size)
        for path in order.places(one.path):
            archive.file.seek(at)
            if not _is_whole(path, one):
                _write(archive, path, one)
        archive.file.seek(at + one.size)
        archive.skip(one.size)
        advance(one.size)


def _write(archive: Reader, path: Path, one: Entry) -> None:
    _make(path.parent)
    draft = path.with_name(f"{path.name}.partial")
    draft.unlink(missing_ok=True)
    found = new_file(draft, lambda file: moved(archive.file, file, one.size, lambda _: None))
    if found != one.sha256:
        draft.unlink()
        raise ArchiveError(f"holds {one.path} altered, since it was verified")
    draft.chmod(0o640 if one.path.startswith(WEIGHTS) else 0o644)
    _give(draft)
    draft.replace(path)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir()
        _give(folder)


def _give(path: Path) -> None:
    """Give what is new to whoever owns its folder, such as the user of the pods that read it."""
    owner = path.parent.stat()
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def _mark(root: Path, sets: Mapping[str, Sequence[str]]) -> None:
    """Say in a folder of weights which sets are whole, as the program that fetches them does."""
    volume = Volume(root)
    for digest, paths in sets.items():
        if paths and all((root / path).is_file() for path in paths):
            _make(root / ".sets")
            write_marker(volume, digest, {path: _look(root / path) for path in paths})
            with suppress(OSError):
                _give(root / ".sets" / f"{digest}.json")


def _look(path: Path) -> Look:
    with reading(path) as archive:
        return look(archive.file.fileno())


def _push(order: Order, made: Bundle) -> None:
    advance = order.bar("filling the registry", len(made.images))
    for one in made.images:
        place = target(one, order.registry)
        try:
            order.skopeo.push(order.out / IMAGES, one.tag, place)
        except OutsideError as error:
            cure = f"{error.cure}; run it again: it goes on"
            raise refused(place, error.cause, cure) from None
        advance(1)
