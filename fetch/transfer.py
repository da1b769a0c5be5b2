"""Brings one file onto the volume: resumed, hashed while it streams, named only when whole."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Self

from fetch.marker import Look, look
from fetch.source import Route, ask, refuse_failure, span, validator, within
from fetch.volume import Volume, say, write_all
from fetch.weight_set import MAGIC, PassingError, Weight, WeightsError, public

CHUNK = 1 << 20
MAX_WAIT = 60.0
PROGRESS_EVERY = 10.0
# Bytes a second that a source brings on average over WINDOW seconds, or else it is left: a
# hundredth of what the Job's deadline is made for.
SLOWEST, WINDOW = 100_000, 60.0
MAX_SAFETENSORS_HEADER = 100_000_000


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How to reach a source, and how long to bear it: failures in a row, seconds of silence."""

    retries: int
    stall_timeout: float
    route: Route
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Partial:
    """The unfinished file of a weight; `digest` and `size` always speak of the bytes on disk.

    `mixed` says that they come from more than one answer, which may have been of different files.
    """

    def __init__(self, volume: Volume, wanted: Weight) -> None:
        self.volume, self.path = volume, f"{wanted.path}.partial"
        # One that is too long is not even hashed: it may have been made to take for ever.
        kept = (volume.size(self.path) or 0) <= wanted.most
        found = volume.open(self.path, os.O_RDWR) if kept else None
        self.ours = found is None
        descriptor = volume.create(self.path) if found is None else found
        self.file = os.fdopen(descriptor, "r+b", buffering=0)
        self.digest = hashlib.file_digest(self.file, "sha256")
        self.size = self.file.tell()
        self.mixed = self.size > 0
        self.validator = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def append(self, chunk: bytes) -> None:
        """Write the chunk at the end."""
        self.ours = True
        write_all(self.file.fileno(), chunk)
        self.digest.update(chunk)
        self.size += len(chunk)

    def reset(self) -> None:
        """Drop every byte."""
        self.file.seek(0)
        self.file.truncate()
        self.digest, self.size = hashlib.sha256(), 0
        self.ours, self.mixed, self.validator = True, False, ""

    def left(self) -> None:
        """Leave the volume as it was, unless what is there was there before."""
        if self.ours:
            self.volume.remove(self.path)


def stream(wanted: Weight, partial: Partial, patience: Patience) -> None:
    """Bring the partial to the file's end, continuing it if the server can."""
    with _ask(wanted.url, partial, patience) as response:
        refuse_failure(response, wanted.url)
        start, end = span(response)
        now = validator(response)
        if response.status != 200 and (
            start != partial.size or (start and partial.validator not in ("", now))
        ):
            partial.reset()
            raise PassingError(f"{public(wanted.url)}: does not continue there; starting over.")
        refuse_length(wanted, end)
        if start < partial.size:
            partial.reset()
        partial.mixed, partial.validator = partial.size > 0, now
        if response.status != 416:
            receive(response, partial, wanted, end, patience)


def _ask(url: str, partial: Partial, patience: Patience) -> HTTPResponse:
    return ask(
        url, partial.size, timeout=patience.stall_timeout, route=patience.route,
        unless_changed=partial.validator,
    )  # fmt: skip


def refuse_length(wanted: Weight, end: int | None) -> None:
    """Raise WeightsError, before the first byte, if a file has another length than the set says."""
    if end is None or (end == wanted.size if wanted.size else end <= wanted.most):
        return
    said = f"{wanted.size}" if wanted.size else f"at most {wanted.about}"
    raise WeightsError(
        f"{public(wanted.url)}: has {end} bytes, the set says {said}:"
        " the file was replaced, or the address, the size or the set is wrong."
    )


class Pace:
    """Tells how far a file is now and then, and leaves a source that is too slow."""

    def __init__(self, name: str, size: int, clock: Callable[[], float]) -> None:
        self.name, self.clock = name, clock
        self.first, self.began = size, clock()
        self.told, self.since, self.then = self.began, self.began, size

    def at(self, size: int, end: int | None) -> None:
        """Look at the clock; raise PassingError if too little came in the last window."""
        now = self.clock()
        if now - self.told >= PROGRESS_EVERY:
            self.told, rate = now, int((size - self.first) / (now - self.began))
            say(f"{self.name}: {size} of {end or '?'} bytes, {rate} bytes/s")
        if now - self.since >= WINDOW:
            if size - self.then < SLOWEST * (now - self.since):
                raise PassingError(
                    f"{self.name}: {size - self.then} bytes came in {now - self.since:.0f} s, less"
                    f" than {SLOWEST} a second."
                )
            self.since, self.then = now, size


def receive(
    response: HTTPResponse, partial: Partial, wanted: Weight, end: int | None, patience: Patience
) -> None:
    """Append what the server sends up to the end; raise PassingError if it stops before."""
    name = Path(wanted.path).name
    pace = Pace(name, partial.size, patience.clock)
    last = wanted.size if end is None else end
    while last is None or partial.size < last:
        # Where no end is known, one byte too many is asked for, and never written.
        room = wanted.most + 1 - partial.size if last is None else last - partial.size
        chunk = _read(response, min(CHUNK, room), f"{name}: cut at {partial.size}", patience)
        if not chunk:
            break
        if partial.size + len(chunk) > wanted.most:
            refuse_length(wanted, partial.size + len(chunk))
        partial.append(chunk)
        pace.at(partial.size, last)
    if last is not None and partial.size < last:
        raise PassingError(f"{name}: cut at {partial.size} of {last} bytes.")


def _read(response: HTTPResponse, amount: int, cut: str, patience: Patience) -> bytes:
    try:
        # What frames the bytes may drip, too, or never end.
        with within(patience.stall_timeout, cut):
            chunk = response.read1(amount)
    except (OSError, HTTPException, ValueError) as problem:
        raise PassingError(f"{cut} ({type(problem).__name__}).") from None
    # A chunk of less than no bytes makes the library read on.
    if len(chunk) > amount:
        raise PassingError(f"{cut}: more came than was announced.")
    return chunk


def known_type(name: str, head: bytes, size: int) -> bool:
    """Say whether the first 9 bytes are of the type the name claims; a pickle never passes."""
    suffix = Path(name).suffix
    if suffix == ".safetensors":
        length = int.from_bytes(head[:8], "little")
        fits = 2 <= length < MAX_SAFETENSORS_HEADER and length <= size - 8
        return fits and head[8:9] == b"{"
    return head.startswith(MAGIC[suffix])


def promote(wanted: Weight, partial: Partial) -> Look:
    """Give a whole partial its final name, durably; raise WeightsError if its content is wrong."""
    actual, descriptor = partial.digest.hexdigest(), partial.file.fileno()
    head, name = os.pread(descriptor, 9, 0), Path(wanted.path).name
    if actual != wanted.sha256:
        partial.ours = True
        raise WeightsError(
            f"{public(wanted.url)}: SHA-256 is {actual}, expected {wanted.sha256}; deleted:"
            " the file was replaced, or the address or the set is wrong."
        )
    if not known_type(name, head, partial.size):
        partial.ours = True
        raise WeightsError(
            f"{public(wanted.url)}: starts with {head!r}, which is no {Path(name).suffix}; deleted:"
            " use a GGUF, safetensors or whisper ggml file."
        )
    now = int(time.time())
    # In whole seconds, which every file system keeps and nobody else happens to write.
    os.utime(descriptor, (now, now))
    os.fsync(descriptor)
    seen = look(descriptor)
    partial.volume.rename(partial.path, name)
    return seen


def download(wanted: Weight, volume: Volume, patience: Patience) -> Look:
    """Fetch one file and return what is seen of it; a failure for good leaves nothing behind."""
    with Partial(volume, wanted) as partial:
        try:
            return _whole(wanted, partial, patience)
        except PassingError:
            if not partial.size:
                partial.left()
            raise
        except WeightsError:
            partial.left()
            raise


def _whole(wanted: Weight, partial: Partial, patience: Patience) -> Look:
    """Go on until the file is whole; failures in a row without progress are bounded."""
    failures, best, again = 0, partial.size, True
    began = patience.clock()
    while True:
        try:
            if partial.size != wanted.size:
                stream(wanted, partial, patience)
            if partial.mixed and again and partial.digest.hexdigest() != wanted.sha256:
                say(f"{Path(wanted.path).name}: was put together from different files; again.")
                again = False
                partial.reset()
                continue
            return promote(wanted, partial)
        except PassingError as problem:
            # Progress counts only past the furthest point so far and if it was not too slow, so
            # the loop always ends.
            enough = max(CHUNK, SLOWEST * (patience.clock() - began))
            failures = 1 if partial.size >= best + enough else failures + 1
            best = max(best, partial.size)
            if failures > patience.retries:
                raise PassingError(
                    f"{problem} Gave up after {failures} tries; {partial.size} bytes are kept:"
                    " run the weights Job again to go on from there."
                ) from None
            wait = min(MAX_WAIT, problem.wait or 0.1 * 2 ** min(failures - 1, 10))
            say(f"{problem} Next try in {wait:.1f} s.")
            patience.sleep(wait)
            began = patience.clock()
