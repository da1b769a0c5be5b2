"""Copies of AnythingLLM's data: 1 GiB of it, while fifty writes a second go on, and back.

The data is that of the stand-in in tests/, the bucket is SeaweedFS on this machine, and Jobs run
with the commands and variables of their pods, as processes.
"""

import json
import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.process import say
from components.addons.anythingllm.scripts import keep
from tests.e2e.anythingllm.containers import BUCKET, Here
from tests.e2e.anythingllm.writing import Writer, is_whole, one_vector
from tests.e2e.registry.stores import object_store
from tests.support.anythingllm import Application, serving

MIB = 1 << 20
# Of the gibibyte; the rest are documents of half a mebibyte.
DATABASE_MIB, DOCUMENTS = 128, 2 * (1024 - 128)
# Documents that have vectors.
SMALL = 20
COPIES = 100
_MODEL = "qwen3-embedding-0.6b"


def main() -> None:
    """Measure and print."""
    # Not in memory: a claim is a disk.
    with (
        TemporaryDirectory(dir=Path.home() / ".cache") as folder,
        object_store(Path(folder) / "weed", BUCKET) as store,
    ):
        here = Here(folder=Path(folder), store=store)
        with serving(here.storage, {"EMBEDDING_MODEL_PREF": _MODEL}, one_vector) as running:
            _fill(running)
            keep.write_mark(here.storage, here.declared)
            _to_the_bucket(here, running)
            _many(here, running)
        _back(here)


def _fill(running: Application) -> None:
    place = running.storage / "documents" / "custom"
    place.mkdir(parents=True)
    for number in range(DOCUMENTS):
        text = os.urandom(MIB // 4).hex()
        (place / f"large-{number}.json").write_text(json.dumps({"pageContent": text}))
    for _ in range(DATABASE_MIB):
        running.rows("insert into workspace_chats (prompt) values (?)", os.urandom(MIB // 2).hex())
    for number in range(SMALL):
        running.add("docs", f"custom/{number}.json", f"text {number}")
    size = sum(one.stat().st_size for one in running.storage.rglob("*") if one.is_file())
    say(f"{size / 2**30:.2f} GiB, {DATABASE_MIB} MiB of it in the database")


def _to_the_bucket(here: Here, running: Application) -> None:
    _job(here, "update")
    with Writer(running) as writer:
        seconds = _job(here, "backup")
        _say(f"copied, encrypted, sent and read back in {seconds:.1f} s", writer)


def _many(here: Here, running: Application) -> None:
    torn, took, place = 0, list[float](), here.place("/backup")
    shutil.rmtree(place)
    place.mkdir()
    with Writer(running) as writer:
        for number in range(COPIES):
            begun = time.monotonic()
            keep.take(here.storage, place, keep.read_mark(here.storage),
                      before_update=False, now=1e9 + number)  # fmt: skip
            took.append(time.monotonic() - begun)
            (archive,) = place.glob("*.tar")
            torn += not is_whole(archive, here.folder / "out")
            shutil.rmtree(here.folder / "out")
            archive.unlink()
        took.sort()
        _say(f"{COPIES} copies, {torn} torn, {took[len(took) // 2]:.1f} s each", writer)


def _back(here: Here) -> None:
    for one in here.storage.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    say(f"  lost, fetched, decrypted, checked and put back in {_job(here, 'restore'):.1f} s")
    running = Application(here.storage, {"EMBEDDING_MODEL_PREF": _MODEL}, one_vector)
    if len(running.documents("docs")) < SMALL:
        raise RuntimeError("the restored copy lacks documents")


def _job(here: Here, name: str) -> float:
    begun = time.monotonic()
    done = here.job(name)
    if done.returncode:
        raise RuntimeError(done.stdout)
    return time.monotonic() - begun


def _say(what: str, writer: Writer) -> None:
    say(
        f"  {what}; {writer.rate:.0f} writes a second, slowest {writer.slowest:.2f} s,"
        f" {len(writer.errors)} refused"
    )
