"""How fast a bundle is packed and taken out, beside what disk and SHA-256 give for its bytes."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.process import say
from gitops.cli.export.importing import Order, take
from gitops.cli.export.packing import pack
from gitops.export.bundle import VERSION, WEIGHTS, Bundle, Entry

GIB = 2**30
FILES, ROUNDS = 5, 2
_BLOCK = 4 * 2**20


@dataclass(frozen=True, kw_only=True)
class Made:
    """Weights that nothing can compress, and the list of a bundle of them."""

    files: dict[str, Path]
    bundle: Bundle


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory(dir=Path.cwd().parent) as name:
        folder = Path(name)
        made = _weights(folder)
        say(f"{FILES} files of 2 GiB, nothing of them in memory before each step")
        for number in range(ROUNDS):
            say(f"  round {number + 1}: {_round(made, folder)}")


def _round(made: Made, folder: Path) -> str:
    disk = _seconds(made, lambda: _copied(made, folder / "copy"))
    shutil.rmtree(folder / "copy")
    digest = _seconds(made, lambda: _hashed(made))
    out = folder / "site.bundle"
    packed = _seconds(made, lambda: pack(out, made.bundle, made.files, None, _no_bar))
    taken = _seconds(made, lambda: _taken(out, folder / "there"), out)
    shutil.rmtree(folder / "there")
    out.unlink()
    share = max(disk, digest) / packed
    return (
        f"copied {disk:.1f} s, SHA-256 {digest:.1f} s; packed {packed:.1f} s ({share:.2f} of the "
        f"slower), taken out {taken:.1f} s"
    )


def _weights(folder: Path) -> Made:
    files: dict[str, Path] = {}
    entries: list[Entry] = []
    for number in range(FILES):
        path, digest = folder / f"{number}.gguf", hashlib.sha256()
        with path.open("wb") as file:
            for block in _blocks(number):
                file.write(block)
                digest.update(block)
        name = f"{WEIGHTS}/{digest.hexdigest()}/{path.name}"
        files[name] = path
        entries.append(Entry(path=name, size=2 * GIB, sha256=digest.hexdigest()))
    bundle = Bundle(
        version=VERSION, tool="bench", machine=os.uname().machine, stacks=("bench",), images=(),
        sets={}, entries=tuple(entries),
    )  # fmt: skip
    return Made(files=files, bundle=bundle)


def _blocks(number: int) -> Iterator[bytes]:
    block = bytearray(os.urandom(_BLOCK))
    for index in range(2 * GIB // _BLOCK):
        block[:8] = (number * 1_000_000 + index).to_bytes(8, "big")
        yield bytes(block)


def _seconds(made: Made, work: Callable[[], Any], *more: Path) -> float:
    for path in (*made.files.values(), *more):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _copied(made: Made, folder: Path) -> None:
    folder.mkdir()
    for path in made.files.values():
        with path.open("rb") as source, (folder / path.name).open("wb") as target:
            shutil.copyfileobj(source, target, _BLOCK)
            os.fsync(target.fileno())


def _hashed(made: Made) -> None:
    for path in made.files.values():
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")


def _taken(bundle: Path, folder: Path) -> None:
    nothing: Any = None
    take(Order(
        bundle=bundle, out=folder / "site", weights=[folder / "models"], registry="", push=False,
        signers=None, skopeo=nothing, bar=_no_bar,
    ))  # fmt: skip


def _no_bar(what: str, total: int) -> Callable[[int], None]:
    del what, total
    return lambda _: None
