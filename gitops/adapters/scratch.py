"""Folders that are made beside their place, and take it in one step that no reader sees half of."""

import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

# renameat2(2): paths are as for `rename`, and the two change places.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_UNKNOWN_HERE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


@contextmanager
def scratch(parent: Path, prefix: str) -> Generator[Path]:
    """Hand out a new folder below `parent`, which is removed at the end where it is still there.

    Folders of the same prefix whose run was killed are removed, too: a run holds a lock on its own.
    """
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent, prefix)
    folder, held = _held(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _held(parent: Path, prefix: str) -> tuple[Path, int]:
    while True:
        folder = Path(mkdtemp(dir=parent, prefix=prefix))
        # Another run may sweep it away before it is locked.
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(held, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, held
            os.close(held)


def _sweep(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(number)


def exchange(one: Path, other: Path) -> None:
    """Let two folders change places; where the system cannot, `other` is gone for a moment.

    Raises:
        OSError: they are where they were.
    """
    if _exchanged(one, other):
        return
    aside = other.with_name(f".{other.name}-aside")
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)


def _exchanged(one: Path, other: Path) -> bool:
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    places = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    if call(*places, _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN_HERE:
        return False
    raise OSError(number, os.strerror(number), str(other))
