"""Keeps the data of AnythingLLM: guards its start, takes backups, proves them, and puts them back.

AnythingLLM itself would start on data of a newer release, which it cannot read, and on vectors of
another model, which answer wrongly. What the data is of stands in a file beside it. It needs the
standard library, embed.py and application.py: `python keep.py guard | take | prove | put`.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import time
from calendar import timegm
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path

DATABASE, MARK, MANIFEST = "anythingllm.db", "localai-gitops.json", "backup.json"
# Which documents are embedded again. Until all are, the mark names their model as `embedding`.
PLAN = "localai-gitops-embed.json"
# What a backup holds beside the database; the cache of vectors is made anew.
FOLDERS = ("documents", "lancedb")
_REPLACED = (DATABASE, f"{DATABASE}-journal", *FOLDERS, "vector-cache", MARK, PLAN)
# FINAL is how a Job is told that no further try helps.
_TRIES, _DAY, FINAL = 5, 24 * 60 * 60, 3
Mark = dict[str, str]


class RefusedError(Exception):
    """Why nothing was done, in words for whoever reads the log."""


def read_mark(storage: Path) -> Mark:
    """Return of which release the data is, and with which model it is embedded, where known."""
    try:
        return json.loads((storage / MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def write_mark(storage: Path, mark: Mapping[str, str]) -> None:
    """Write it so that it is there whole or as it was."""
    written = storage / f"{MARK}.new"
    written.write_text(json.dumps(dict(mark), sort_keys=True) + "\n", encoding="utf-8")
    written.replace(storage / MARK)


def declared(variables: Mapping[str, str]) -> Mark:
    """Return what the stack declares."""
    names = ("version", "embeddings", "weights")
    return {name: variables[f"DECLARED_{name.upper()}"] for name in names}


def is_newer(one: str, other: str) -> bool:
    """Return whether a version is newer than another; one that is not known is not."""
    found = [tuple(int(part) for part in text.split(".")) for text in (one, other) if text]
    return bool(one and other) and found[0] > found[1]


def refusal(there: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Return why the application may not start on this data; empty if it may."""
    version, model = there.get("version", ""), wanted["embeddings"]
    if is_newer(version, wanted["version"]):
        return (
            f"the data is of AnythingLLM {version}, and this is {wanted['version']}, which cannot "
            f"read it: declare {version}, or restore a backup from before it"
        )
    if there.get("embeddings", model) != model:
        old = there["embeddings"]
        return (
            f"the documents are embedded with {old}, and declared is {model}: the Job that embeds "
            f"them again has not ended well; look at its log, or declare {old} again"
        )
    if there.get("weights", wanted["weights"]) != wanted["weights"]:
        return (
            f"the documents are embedded with other weights of {model} than those that are "
            "declared now: give the new weights a name of their own"
        )
    return ""


def blocked(there: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Return why no update leads from the one to the other; another model can be embedded."""
    changes = there.get("embeddings", wanted["embeddings"]) != wanted["embeddings"]
    same = {name: wanted[name] for name in ("embeddings", "weights")} if changes else {}
    return refusal({**there, **same}, wanted)


def guard(storage: Path, wanted: Mark) -> str:
    """Judge the data of the claim before the application starts, and mark it as its own."""
    there = read_mark(storage)
    if why := refusal(there, wanted):
        raise RefusedError(why)
    mark, what = dict(wanted), "its data is there"
    if not (storage / DATABASE).is_file():
        what = "it starts with no data"
    elif "embedding" in there:
        if there["embedding"] != wanted["embeddings"]:
            # What another model embedded is not to be searched with this one.
            import_module("embed").empty(storage)
        mark["embedding"] = wanted["embeddings"]
        what = "answers lack documents until the Job that embeds them again has ended well"
    if there != mark:
        write_mark(storage, mark)
    return f"AnythingLLM {wanted['version']}: {what}"


def take(storage: Path, folder: Path, wanted: Mark, *, before_update: bool, now: float) -> str:
    """Write a consistent copy of the data into a folder, as one archive; the application runs on.

    The database comes first: a document is in it once its vectors are there. `before_update` takes
    one only if another release, or another model, is about to come.
    """
    there = read_mark(storage)
    if not (storage / DATABASE).is_file():
        return "there is no data yet: nothing to back up"
    goes_on = "embedding" in there and there.get("version") == wanted["version"]
    if before_update and (goes_on or there in ({}, wanted)):
        return "no other release comes, and no embedding begins: nothing to back up"
    if before_update and (why := blocked(there, wanted)):
        raise RefusedError(why)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    suffix = f"_before-{wanted['version']}" if before_update else ""
    archive = folder / f"{stamp}_{there.get('version', wanted['version'])}{suffix}.tar"
    mark = {**wanted, **there, "taken": stamp}
    for left in reversed(range(_TRIES)):
        try:
            count = _archived(storage, folder, archive, mark)
        except (FileNotFoundError, tarfile.ReadError) as error:
            archive.unlink(missing_ok=True)
            # A document was deleted, or vectors were merged, while they were read.
            if not left:
                raise RefusedError(f"the data changed under {_TRIES} copies: {error}") from None
        else:
            return f"took {archive.name}: {count} files, {archive.stat().st_size} bytes"
    raise AssertionError


def _archived(storage: Path, folder: Path, archive: Path, mark: Mark) -> int:
    copy, place = folder / DATABASE, f"file:{storage / DATABASE}?mode=ro"
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(place, uri=True, timeout=60)) as source:
        source.execute("VACUUM INTO ?", (str(copy),))
    digests: dict[str, str] = {}
    with tarfile.open(archive, "w") as made:
        for name, path in [(DATABASE, copy), *_files(storage)]:
            digests[name] = _add(made, name, path)
        text = json.dumps({**mark, "files": digests}, sort_keys=True).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(text)
        made.addfile(entry, io.BytesIO(text))
    copy.unlink()
    return len(digests)


def _files(storage: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of folders, no links; a version that comes meanwhile is left out."""
    first = [storage / PLAN, *storage.glob("lancedb/*/_versions/*")]
    others = [one for name in FOLDERS for one in storage.glob(f"{name}/**/*")]
    for path in [*first, *(one for one in others if one.parent.name != "_versions")]:
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(storage)), path


def _add(made: tarfile.TarFile, name: str, path: Path) -> str:
    before, entry = path.stat(), tarfile.TarInfo(name)
    entry.size = before.st_size
    with path.open("rb") as source:
        try:
            made.addfile(entry, source)
        except OSError as error:
            if error.errno is not None:
                raise
            raise tarfile.ReadError(f"{name} got shorter") from None
    digest, after = _digest(path), path.stat()
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise tarfile.ReadError(f"{name} changed")
    return digest


def unpacked(archive: Path, target: Path) -> Mark:
    """Unpack a backup into an empty folder, and return what it says of itself.

    Raises:
        RefusedError: it was cut short or altered, or its database is damaged.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    try:
        with tarfile.open(archive) as held:
            held.extractall(target, filter="data")
        mark = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, FileNotFoundError, ValueError) as error:
        raise RefusedError(f"{archive.name} was cut short or altered: {error}") from None
    known: dict[str, str] = mark.pop("files")
    (target / MANIFEST).unlink()
    there = {str(one.relative_to(target)) for one in target.rglob("*") if one.is_file()}
    for name in sorted(there | {*known}):
        if name not in there or name not in known or _digest(target / name) != known[name]:
            raise RefusedError(f"{archive.name} was altered: {name} is not what was backed up")
    try:
        with closing(sqlite3.connect(target / DATABASE)) as database:
            (said,) = database.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise RefusedError(f"the database in {archive.name} is damaged: {said}")
    return mark


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def prove(folder: Path, oldest_days: int, now: float) -> str:
    """Restore the newest backup into a scratch folder, and say what is in it."""
    (archive,) = folder.glob("*.tar")
    mark = unpacked(archive, folder / "restored")
    age = (now - timegm(time.strptime(mark["taken"], "%Y%m%dT%H%M%SZ"))) / _DAY
    if age > oldest_days:
        raise RefusedError(f"the newest backup, {archive.name}, is {age:.1f} days old")
    with closing(sqlite3.connect(folder / "restored" / DATABASE)) as database:
        named = [row[0] for row in database.execute("select docpath from workspace_documents")]
    missing = [one for one in named if not (folder / "restored" / "documents" / one).is_file()]
    said = f"proved {archive.name}: {len(named)} documents in workspaces"
    return f"{said}; {len(missing)} of them have no file, such as {missing[0]}" if missing else said


def put(folder: Path, storage: Path, wanted: Mark, *, over: bool, address: str) -> str:
    """Put a backup in place of what the claim holds; what it held is kept aside on the claim."""
    (archive,) = folder.glob("*.tar")
    if import_module("application").answers(address):
        raise RefusedError("AnythingLLM is running: scale it to 0 first")
    there = read_mark(storage)
    if (storage / DATABASE).exists() and not over:
        what = f" of AnythingLLM {there['version']}" if there else ""
        raise RefusedError(f"there is data{what} already: say `--over living-data` to replace it")
    if (free := shutil.disk_usage(storage).free) < archive.stat().st_size:
        raise RefusedError(f"{archive.name} does not fit into the {free} bytes left on the claim")
    staging = storage / ".restoring"
    try:
        mark = unpacked(archive, staging)
        if why := refusal(mark, wanted):
            raise RefusedError(f"AnythingLLM could not start from {archive.name}: {why}")
        _swapped(storage, staging, mark)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return f"restored {archive.name}"


def _swapped(storage: Path, staging: Path, mark: Mark) -> None:
    write_mark(staging, {name: one for name, one in mark.items() if name != "taken"})
    before = [*storage.glob(".replaced-*")]
    aside = Path(tempfile.mkdtemp(prefix=".replaced-", dir=storage))
    for name in _REPLACED:
        if (storage / name).exists():
            (storage / name).rename(aside / name)
    for one in sorted(staging.iterdir()):
        one.rename(storage / one.name)
    for old in before:
        shutil.rmtree(old)


def done(verb: str, variables: Mapping[str, str]) -> str:
    """Do what a verb says, by variables, and return what was done."""
    storage, folder = Path(variables["STORAGE"]), Path(variables.get("BACKUP_FOLDER", "/backup"))
    wanted, now = declared(variables), time.time()
    if verb == "guard":
        return guard(storage, wanted)
    if verb == "take":
        update = variables.get("BEFORE_UPDATE") == "true"
        return take(storage, folder, wanted, before_update=update, now=now)
    if verb == "prove":
        return prove(folder, int(variables["OLDEST_DAYS"]), now)
    if variables.get("RESTORE_FROM") == "list":
        return "nothing was restored"
    over = variables.get("RESTORE_OVER") == "living-data"
    return put(folder, storage, wanted, over=over, address=variables["APPLICATION"])


def main(verb: str) -> int:
    """Do it, and return the exit code."""
    try:
        print(done(verb, os.environ))  # noqa: T201
    except (RefusedError, OSError, sqlite3.Error) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return FINAL if isinstance(error, RefusedError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
