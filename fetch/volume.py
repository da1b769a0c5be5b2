"""The volume: its files, its lock, its space. Others may write there, so no name is believed."""

import errno
import fcntl
import os
import shutil
import stat
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from fetch.weight_set import DIGEST, PATH, PassingError, Weight, WeightsError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# No link is followed, and no reader waits for a writer.
PLAIN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# How many folders are looked at, and how many files are named, where space is short.
LOOKED_AT, NAMED = 1000, 10


def say(text: str) -> None:
    """Write one line, seen at once in the Job's log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Volume:
    """The folder of weights on a volume.

    Each folder is opened from its parent and no link is followed, so that nothing outside is
    reached. Only a regular file with one name counts: through a second name somebody else's file
    would be read or written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self, path: str, mode: int = os.O_RDONLY) -> int | None:
        """Open a plain file that may be opened; return None where there is none."""
        with suppress(FileNotFoundError, PermissionError), self._at(path) as (folder, name):
            # Looked at first: to open a device may already do something.
            if _is_plain(os.stat(name, dir_fd=folder, follow_symlinks=False)):
                descriptor = os.open(name, mode | PLAIN, dir_fd=folder)
                if _is_plain(os.fstat(descriptor)):
                    return descriptor
                os.close(descriptor)
        return None

    def create(self, path: str) -> int:
        """Open a new file in place of whatever has its name, with the folders above it."""
        with self._at(path, make=True) as (folder, name):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | PLAIN, 0o666, dir_fd=folder)

    def rename(self, path: str, name: str) -> None:
        """Give a file another name in its folder, in one step that survives a power cut."""
        with self._at(path) as (folder, old):
            os.rename(old, name, src_dir_fd=folder, dst_dir_fd=folder)
        folders = path.split("/")[:-1]
        for depth in range(len(folders), -1, -1):
            with self._at("/".join([*folders[:depth], name])) as (folder, _), suppress(OSError):
                os.fsync(folder)  # some network file systems cannot sync a folder

    def remove(self, path: str) -> None:
        """Remove a file if it is there, and the folders that held nothing else."""
        with suppress(FileNotFoundError), self._at(path) as (folder, name):
            os.unlink(name, dir_fd=folder)
        while above := path.rpartition("/")[0]:
            path = above
            with suppress(OSError), self._at(path) as (folder, name):
                os.rmdir(name, dir_fd=folder)

    def size(self, path: str) -> int | None:
        """Return the length of a plain file, None where there is none."""
        with suppress(FileNotFoundError), self._at(path) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            return found.st_size if _is_plain(found) else None
        return None

    def names(self, path: str) -> list[str]:
        """Return some names in a folder, none where there is no such folder."""
        with (
            suppress(FileNotFoundError, WeightsError),
            self._at(f"{path}/.") as (folder, _),
            os.scandir(folder) as found,
        ):
            return sorted(each.name for each in islice(found, LOOKED_AT))
        return []

    @contextmanager
    def _at(self, path: str, *, make: bool = False) -> Generator[tuple[int, str], None, None]:
        """Yield the open folder of a file, and the file's name in it."""
        *folders, name = path.split("/")
        here = os.open(self.root, FOLDER)
        try:
            for step in folders:
                above, here = here, _entered(here, step, make=make)
                os.close(above)
            yield here, name
        except OSError as problem:
            problem.filename = str(self.root / path)
            if problem.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR):
                raise WeightsError(
                    f"{problem.filename}: a folder is where a file belongs, or a link or a file"
                    " where a folder does: remove it from the volume."
                ) from None
            raise
        finally:
            os.close(here)


def _entered(folder: int, name: str, *, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
    return os.open(name, FOLDER, dir_fd=folder)


def _is_plain(found: os.stat_result) -> bool:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return stat.S_ISREG(found.st_mode) and found.st_nlink <= 1  # some drivers count none


def check_space(missing: list[Weight], weights: list[Weight], volume: Volume) -> None:
    """Raise PassingError if the volume cannot hold what is still to fetch."""
    need = 0
    for each in missing:
        whole = each.size or each.about
        need += whole - min(whole, volume.size(f"{each.path}.partial") or 0)
    free = shutil.disk_usage(volume.root).free
    if need > free:
        others = sorted(_others(volume, weights), reverse=True)
        named = [f"{path} ({size} bytes)" for size, path in others[:NAMED]]
        more = f", and {len(others) - NAMED} more" if len(others) > NAMED else ""
        raise PassingError(
            f"{volume.root}: {need - free} bytes are missing ({need} still to fetch, {free} free):"
            f" enlarge the volume, or remove what no set needs; not in this set:"
            f" {', '.join(named) or 'nothing'}{more}."
        )


def _others(volume: Volume, weights: list[Weight]) -> Iterator[tuple[int, str]]:
    wanted = {each.sha256 for each in weights}
    for folder in volume.names("weights"):
        # Any other name may hold what a terminal takes for a command.
        if DIGEST.fullmatch(folder) and folder not in wanted:
            paths = (f"weights/{folder}/{name}" for name in volume.names(f"weights/{folder}"))
            for path in paths:
                size = volume.size(path) if PATH.fullmatch(path) else None
                if size is not None:
                    yield size, path


# Not right in the root: LocalAI lists every file there as a model.
LOCK = ".sets/lock"


@contextmanager
def locked(volume: Volume, timeout: float) -> Generator[None, None, None]:
    """Hold the volume's lock, waiting at most this long for another writer."""
    deadline, told = time.monotonic() + timeout, False
    while True:
        found = volume.open(LOCK, os.O_RDWR)
        with os.fdopen(volume.create(LOCK) if found is None else found, "r+b") as file:
            if _locks(file.fileno(), volume):
                yield
                return
            if time.monotonic() >= deadline:
                raise PassingError(
                    f"{volume.root}: another process has fetched for over {timeout:.0f} s: wait"
                    " for it or stop it, then run the weights Job again."
                )
        if not told:
            say(f"{volume.root}: another process is fetching; waiting up to {timeout:.0f} s.")
        told = True
        time.sleep(0.1)


def _locks(descriptor: int, volume: Volume) -> bool:
    """Take the lock if it is free, and still the file that others will find."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    there = volume.open(LOCK)
    if there is None:
        return False
    with os.fdopen(there) as found:
        return os.path.sameopenfile(descriptor, found.fileno())


def write_all(descriptor: int, chunk: bytes) -> None:
    """Write every byte at the file's place."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def size_of(path: Path) -> int | None:
    """Return the length of a regular file of an image, None where there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
