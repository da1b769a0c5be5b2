"""Opens files that others wrote or named: regular ones alone, bounded, and where they belong."""

import os
import stat
from pathlib import Path

from documents.problem import Problem, RefusedError

# A folder of Git holds credentials of whoever checked out, and nothing that is declared.
_PRIVATE = ".git"
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def declared_bytes(folder: Path, name: str, /, *, most: int) -> bytes:
    """Return the bytes of a file of a checkout; a link is followed where it stays in it.

    Raises:
        RefusedError: it cannot be read, is no regular file, lies elsewhere, or has over `most`.
    """
    target, top = Path(os.path.realpath(folder / name)), Path(os.path.realpath(folder))
    if not target.is_relative_to(top) or _PRIVATE in target.relative_to(top).parts:
        cause, cure = "is a link out of this folder", "put the file itself here"
        raise _refused(name, cause, cure)
    return _content(target, name, most)


def given_bytes(path: Path, /, *, most: int) -> bytes:
    """Return the bytes of a file that a person named on the command line, wherever it lies.

    Raises:
        RefusedError: it cannot be read, is no regular file, or has more than `most` bytes.
    """
    return _content(path, str(path), most)


def given_text(path: Path, /, *, most: int) -> str:
    """Return such a file as text.

    Raises:
        RefusedError: as above, or it is not UTF-8.
    """
    try:
        return given_bytes(path, most=most).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(str(path), "is not UTF-8", "save it as UTF-8") from None


def _content(path: Path, name: str, most: int) -> bytes:
    try:
        # Looked at before it is opened: to open a device may do something, and a pipe waits.
        _regular(path.stat().st_mode, name)
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        with os.fdopen(os.open(path, flags), "rb") as file:
            _regular(os.fstat(file.fileno()).st_mode, name)
            found = file.read(most + 1)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise _refused(name, f"cannot be read: {cause}", "check its name and rights") from None
    if len(found) > most:
        raise _refused(name, f"is longer than {most} bytes", "keep it under that")
    return found


def _regular(mode: int, name: str) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise _refused(name, f"is {kind}, not a file", "put a regular file there, or delete it")


def _refused(name: str, cause: str, cure: str) -> RefusedError:
    return RefusedError([Problem(file=name, path=(), cause=cause, cure=cure)])
