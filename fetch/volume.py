"""The volume: its lock, its files, its space, and the markers of the sets that are whole."""

import fcntl
import hashlib
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from fetch.weight_set import PassingError, Weight


def say(text: str) -> None:
    """Write one line, seen at once in the Job's log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def size_of(path: Path) -> int | None:
    """Return the length of a regular file, None where there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def recorded(marker: Path) -> dict[str, int]:
    """Return the sizes by path that a marker holds; nothing if it is absent or broken."""
    try:
        found = cast("dict[str, list[dict[str, object]]]", json.loads(marker.read_text("utf-8")))
        return {str(each["path"]): cast("int", each["size"]) for each in found["files"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def present(wanted: Weight, root: Path, sizes: dict[str, int], *, rehash: bool) -> bool:
    """Say whether the file is there; one that no marker vouches for is hashed, or all of them."""
    path = root / wanted.path
    size, known = size_of(path), sizes.get(wanted.path)
    if size is None or size != (wanted.size or known or size) or size != (known or size):
        return False
    if known is not None and not rehash:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == wanted.sha256


def check_space(missing: list[Weight], weights: list[Weight], root: Path) -> None:
    """Raise PassingError if the volume cannot hold what is still to fetch."""
    need = 0
    for each in missing:
        have = size_of(root / f"{each.path}.partial") or 0
        need += max(0, (each.size or each.about) - have)
    free = shutil.disk_usage(root).free
    if need > free:
        wanted = {each.sha256 for each in weights}
        files = sorted((root / "weights").glob("*/*"))
        others = [
            f"{path.relative_to(root)} ({path.lstat().st_size} bytes)"
            for path in files
            if path.parent.name not in wanted
        ]
        raise PassingError(
            f"{root}: {need - free} bytes are missing ({need} still to fetch, {free} free):"
            f" enlarge the volume, or remove what no set needs; not in this set:"
            f" {', '.join(others) or 'nothing'}."
        )


@contextmanager
def locked(root: Path, timeout: float) -> Generator[None, None, None]:
    """Hold the volume's lock, waiting at most this long for another writer."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    # Not right in the root: LocalAI lists every file there as a model.
    folder = root / ".sets"
    folder.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / "lock", flags, 0o666), "r+b") as file:
        deadline, told = time.monotonic() + timeout, False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise PassingError(
                        f"{root}: another process has fetched for over {timeout:.0f} s: wait for"
                        " it or stop it, then run the weights Job again."
                    ) from None
            if not told:
                say(f"{root}: another process is fetching; waiting up to {timeout:.0f} s.")
            told = True
            time.sleep(0.1)
        yield


def write_marker(marker: Path, digest: str, weights: list[Weight], root: Path) -> None:
    """Record in one atomic step that the whole set is there."""
    files = [
        {"path": each.path, "sha256": each.sha256, "size": size_of(root / each.path)}
        for each in weights
    ]
    marker.parent.mkdir(exist_ok=True)
    draft = marker.with_suffix(".new")
    draft.unlink(missing_ok=True)
    # Exclusive, so that a link somebody left on the volume is not followed.
    with draft.open("x", encoding="utf-8") as file:
        json.dump({"version": 1, "digest": digest, "files": files}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(marker)
    sync_folders([marker.parent, root])


def sync_folders(folders: Sequence[Path]) -> None:
    """Make new names in these folders survive a power cut."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # some network file systems cannot sync a folder
            os.fsync(descriptor)
        os.close(descriptor)
