"""A tar archive as a stream: each file is hashed while it is written or read.

One thread hashes while another moves the bytes on: SHA-256 and the disk work at the same time.
"""

import hashlib
import os
import tarfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import BinaryIO

_CHUNK = 4 << 20
_AHEAD = 4
_BLOCK = tarfile.BLOCKSIZE

Told = Callable[[int], None]


class ArchiveError(Exception):
    """An archive is not what its list says; the text says how."""


class _Hash:
    """Hashes what it is handed in a thread of its own."""

    def __init__(self) -> None:
        self.digest, self.queue = hashlib.sha256(), Queue[bytes | None](_AHEAD)
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while (chunk := self.queue.get()) is not None:
            self.digest.update(chunk)

    def ended(self) -> str:
        self.queue.put(None)
        self.thread.join()
        return self.digest.hexdigest()


def moved(source: BinaryIO, target: BinaryIO | None, size: int, told: Told) -> str:
    """Move so many bytes, and return their SHA-256.

    Raises:
        ArchiveError: the source ends before.
    """
    hashed, left = _Hash(), size
    try:
        while left:
            chunk = source.read(min(_CHUNK, left))
            if not chunk:
                raise ArchiveError(f"ends {left} bytes too early")
            hashed.queue.put(chunk)
            if target is not None:
                target.write(chunk)
            left -= len(chunk)
            told(len(chunk))
    finally:
        found = hashed.ended()
    return found


def _head(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> int:
    return -size % _BLOCK


@contextmanager
def writing(path: Path, at: int) -> Generator[BinaryIO]:
    """Open an archive to go on at a place; what is behind it is dropped.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("r+b" if at else "wb") as file:
        file.seek(at)
        file.truncate()
        yield file


def new_file(path: Path, fill: Callable[[BinaryIO], str]) -> str:
    """Write a file that is not there yet, durably, and return what `fill` says of it.

    Raises:
        OSError: it is there, or cannot be written.
    """
    with path.open("xb") as file:
        found = fill(file)
        file.flush()
        os.fsync(file.fileno())
    return found


def add(archive: BinaryIO, name: str, content: bytes) -> None:
    """Write a small file."""
    archive.write(_head(name, len(content)) + content + bytes(_padding(len(content))))


def add_file(archive: BinaryIO, name: str, file: Path, size: int, told: Told) -> str:
    """Write a file of so many bytes and return its SHA-256.

    Raises:
        ArchiveError: it is shorter.
    """
    archive.write(_head(name, size))
    with file.open("rb", buffering=0) as source:
        found = moved(source, archive, size, told)
    archive.write(bytes(_padding(size)))
    return found


def close(archive: BinaryIO) -> None:
    """Write the end, durably."""
    archive.write(bytes(2 * _BLOCK))
    archive.flush()
    os.fsync(archive.fileno())


class Reader:
    """Reads the files of an archive in their order."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def next(self, name: str, size: int) -> int:
        """Enter the next file, which has this name and size; return where it begins.

        Raises:
            ArchiveError: it is another one, or the archive ends.
        """
        head = _head(name, size)
        if self.file.read(len(head)) != head:
            raise ArchiveError(f"does not hold {name} where its list says")
        return self.file.tell()

    def first(self, name: str, most: int) -> bytes:
        """Return the content of the next file, if it has this name; empty where none has.

        Raises:
            ArchiveError: it has more bytes than that, or the archive is none.
        """
        begin = self.file.tell()
        block = self.file.read(_BLOCK)
        if len(block) < _BLOCK or not any(block):
            self.file.seek(begin)
            return b""
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            raise ArchiveError("is no bundle, or is cut short") from None
        if info.name != name or info.size > most:
            self.file.seek(begin)
            return b""
        content = self.file.read(info.size)
        if len(content) < info.size:
            raise ArchiveError(f"ends in {name}")
        self.skip(info.size)
        return content

    def skip(self, size: int) -> None:
        """Step over what fills the last block of a file."""
        self.file.seek(_padding(size), os.SEEK_CUR)

    def content(self, target: BinaryIO | None, size: int, told: Told) -> str:
        """Move the file that was entered, and return its SHA-256.

        Raises:
            ArchiveError: the archive ends before.
        """
        found = moved(self.file, target, size, told)
        self.skip(size)
        return found

    def end(self) -> None:
        """See that nothing comes after the last file.

        Raises:
            ArchiveError: something does, or the end is not there.
        """
        if self.file.read(2 * _BLOCK + 1) != bytes(2 * _BLOCK):
            raise ArchiveError("has no end, or something after it")


@contextmanager
def reading(path: Path) -> Generator[Reader]:
    """Open an archive.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=1 << 20) as file:
        yield Reader(file)


def digest_of(path: Path, told: Told = lambda _: None) -> str:
    """Return the SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        return moved(file, None, path.stat().st_size, told)


def below(folder: Path) -> Iterable[Path]:
    """Return the files below a folder, in the order of their names."""
    return sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())
