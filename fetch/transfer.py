"""Brings one file onto the volume: resumed, hashed while it streams, named only when whole."""

import hashlib
import os
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from fetch.source import Route, ask, refuse_failure, span
from fetch.volume import say, sync_folders
from fetch.weight_set import MAGIC, PassingError, Weight, WeightsError, public

CHUNK = 1 << 20
MAX_WAIT = 60.0
PROGRESS_EVERY = 10.0
MAX_SAFETENSORS_HEADER = 100_000_000


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How to reach a source, and how long to bear it: failures in a row, seconds of silence."""

    retries: int
    stall_timeout: float
    route: Route


class Partial:
    """The unfinished file of a weight; `digest` and `size` always speak of the bytes on disk."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self.path = path
        self.file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
        self.digest = hashlib.file_digest(self.file, "sha256")
        self.size = self.file.tell()
        self.left_over = self.size > 0

    def append(self, chunk: bytes) -> None:
        """Write the chunk at the end."""
        rest = memoryview(chunk)
        while rest:
            rest = rest[self.file.write(rest) :]
        self.digest.update(chunk)
        self.size += len(chunk)

    def reset(self) -> None:
        """Drop every byte."""
        self.file.seek(0)
        self.file.truncate()
        self.digest, self.size, self.left_over = hashlib.sha256(), 0, False


def stream(wanted: Weight, partial: Partial, patience: Patience) -> None:
    """Bring the partial to the file's end, continuing it if the server can."""
    with _ask(wanted.url, partial.size, patience) as response:
        refuse_failure(response, wanted.url)
        start, end = span(response)
        if response.status != 200 and start != partial.size:
            partial.reset()
            raise PassingError(f"{public(wanted.url)}: does not continue there; starting over.")
        if None not in (wanted.size, end) and wanted.size != end:
            raise WeightsError(
                f"{public(wanted.url)}: has {end} bytes, the set says {wanted.size}:"
                " the file was replaced, or the address or the set is wrong."
            )
        if start < partial.size:
            partial.reset()
        if response.status != 416:
            receive(response, partial, wanted.size if end is None else end, Path(wanted.path).name)


def _ask(url: str, offset: int, patience: Patience) -> HTTPResponse:
    return ask(url, offset, timeout=patience.stall_timeout, route=patience.route)


def receive(response: HTTPResponse, partial: Partial, end: int | None, name: str) -> None:
    """Append what the server sends up to the end; raise PassingError if it stops before."""
    began, first = time.monotonic(), partial.size
    told, size = began, "?" if end is None else str(end)
    while end is None or partial.size < end:
        try:
            chunk = response.read1(CHUNK if end is None else min(CHUNK, end - partial.size))
        except (OSError, HTTPException) as problem:
            raise PassingError(
                f"{name}: cut at {partial.size} ({type(problem).__name__})."
            ) from None
        if not chunk:
            break
        partial.append(chunk)
        now = time.monotonic()
        if now - told >= PROGRESS_EVERY:
            told, rate = now, int((partial.size - first) / (now - began))
            say(f"{name}: {partial.size} of {size} bytes, {rate} bytes/s")
    if end is not None and partial.size < end:
        raise PassingError(f"{name}: cut at {partial.size} of {end} bytes.")


def known_type(name: str, head: bytes, size: int) -> bool:
    """Say whether the first 9 bytes are of the type the name claims; a pickle never passes."""
    suffix = Path(name).suffix
    if suffix == ".safetensors":
        length = int.from_bytes(head[:8], "little")
        fits = 2 <= length < MAX_SAFETENSORS_HEADER and length <= size - 8
        return fits and head[8:9] == b"{"
    return head.startswith(MAGIC[suffix])


def promote(wanted: Weight, partial: Partial, target: Path) -> None:
    """Give a whole partial its final name, durably; delete one with wrong content."""
    actual = partial.digest.hexdigest()
    if actual != wanted.sha256 and partial.left_over:
        partial.reset()
        raise PassingError(f"{target.name}: the partial left by an earlier run was no good.")
    head = os.pread(partial.file.fileno(), 9, 0)
    if actual != wanted.sha256:
        partial.path.unlink()
        raise WeightsError(
            f"{public(wanted.url)}: SHA-256 is {actual}, expected {wanted.sha256}; deleted:"
            " the file was replaced, or the address or the set is wrong."
        )
    if not known_type(target.name, head, partial.size):
        partial.path.unlink()
        raise WeightsError(
            f"{public(wanted.url)}: starts with {head!r}, which is no {target.suffix}; deleted:"
            " use a GGUF, safetensors or whisper ggml file."
        )
    os.fsync(partial.file.fileno())
    partial.path.replace(target)
    sync_folders(target.parents[:3])


def download(wanted: Weight, root: Path, patience: Patience) -> None:
    """Fetch one file, going on where it stopped; failures in a row without progress are bounded."""
    target = root / wanted.path
    if target.parent.resolve() != root.resolve() / target.parent.relative_to(root):
        raise WeightsError(f"{target.parent}: is a link; remove it from the volume.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Partial(target.with_name(f"{target.name}.partial"))
    failures, best = 0, partial.size
    with partial.file:
        while True:
            try:
                if partial.size != wanted.size:
                    stream(wanted, partial, patience)
                return promote(wanted, partial, target)
            except PassingError as problem:
                # Progress counts only past the furthest point so far, so the loop always ends.
                failures = 1 if partial.size >= best + CHUNK else failures + 1
                best = max(best, partial.size)
                if failures > patience.retries:
                    raise PassingError(
                        f"{problem} Gave up after {failures} tries; {partial.size} bytes are kept:"
                        " run the weights Job again to go on from there."
                    ) from None
                wait = min(MAX_WAIT, problem.wait or 0.1 * 2 ** min(failures - 1, 10))
                say(f"{problem} Next try in {wait:.1f} s.")
                time.sleep(wait)
