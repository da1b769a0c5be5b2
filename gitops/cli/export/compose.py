"""`export compose`: the files of a stack for one server, in place of those of an earlier export."""

import hashlib
import json
import os
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from documents.files import declared_bytes, given_bytes
from documents.problem import Problem, RefusedError
from gitops.cli.new_files import append, write_new
from gitops.cli.root import checkout
from gitops.export.compose import Exported, exported
from gitops.export.environment import ENVIRONMENT, lacking
from gitops.export.left_out import lines
from gitops.planning.checkout import declared_parts
from gitops.planning.printable import listed, printable
from settings.file import read_stack_file

# Which files the export wrote, and with which bytes.
INDEX = "export.json"
_VERSION = 1
_LARGEST = 16 * 1024 * 1024


def write(stack: str, out: Path) -> tuple[list[str], list[str]]:
    """Write a stack into a folder; return what is left out, and what is still to set, in words.

    Raises:
        RefusedError: the stack is not valid, spreads over servers, or another's files are there.
    """
    root = checkout()
    file = read_stack_file(root, stack)
    spread = [name for name, pool in file.settings.pools.items() if pool.distributed]
    if spread:
        cause, cure = "spreads a pool over several servers", "export a stack without it"
        path = ("config", "localai:pools", spread[0], "distributed")
        raise RefusedError([file.document.problem(path, cause, cure)])
    made = exported(stack, declared_parts(root, stack))
    left_out = lines(made.left_out)
    files = {**made.files, "left-out.txt": "".join(f"{line}\n" for line in left_out)}
    added = _place(out, files, made)
    return left_out, added + _to_set(out, made)


def _place(out: Path, files: Mapping[str, str], made: Exported) -> list[str]:
    """Write the files, and return what is said of `.env`."""
    if out.exists() and not out.is_dir():
        cause, cure = "is a file", "name a folder; it is made if it is not there"
        raise RefusedError([Problem(file=str(out), path=(), cause=cause, cure=cure)])
    known = _known(out)
    _refuse_changed(out, files, known)
    out.mkdir(parents=True, exist_ok=True)
    added = _complete(out, made)
    index = {"version": _VERSION, "files": {name: _digest(one) for name, one in files.items()}}
    # compose.yaml is written after what it names, and the old files leave after it.
    ordered = dict(sorted(files.items(), key=lambda one: (one[0] == "compose.yaml", one[0])))
    write_new(out, {**ordered, INDEX: json.dumps(index, indent=1) + "\n"}, force=True)
    for name in known.keys() - files.keys():
        (out / name).unlink(missing_ok=True)
        folder = (out / name).parent
        # A person may have deleted it.
        if folder.is_dir() and not any(os.scandir(folder)):
            folder.rmdir()
    return added


def _complete(out: Path, made: Exported) -> list[str]:
    """Write `.env`, or add the ports and GPUs of what is new; return what was added, in words."""
    path = out / ENVIRONMENT
    if not path.exists():
        write_new(out, {ENVIRONMENT: made.environment}, force=False, cure="move it")
        return []
    content = given_bytes(path, most=_LARGEST)
    lines = [f"{name}={value}" for name, value in lacking(content, made.ports, made.gpus).items()]
    if lines:
        append(path, lines, content)
    return [f"note: added {line} to {path}" for line in lines]


def _known(out: Path) -> dict[str, str]:
    """Return the files of an earlier export with their digests; none where there is no index."""
    if not (out / INDEX).exists():
        return {}
    try:
        index: Any = json.loads(declared_bytes(out, INDEX, most=_LARGEST))
        found = {str(name): str(digest) for name, digest in index["files"].items()}
        if index["version"] == _VERSION and all(_is_below(name) for name in found):
            return found
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    cause, cure = "is not an index of an export of this version", "name an empty folder"
    raise RefusedError([Problem(file=str(out / INDEX), path=(), cause=cause, cure=cure)])


def _is_below(name: str) -> bool:
    return not name.startswith("/") and ".." not in Path(name).parts


def _refuse_changed(out: Path, files: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Refuse files in the way that no export wrote, or that were changed since.

    What has the bytes of this export is of one that was cut before it wrote the index.
    """
    digests = {name: {_digest(text)} for name, text in files.items()}
    for name, digest in known.items():
        digests.setdefault(name, set()).add(digest)
    foreign = sorted(name for name, each in digests.items() if _is_foreign(out / name, each))
    if foreign:
        cause = f"holds {listed([*map(printable, foreign)], 'file')}, which is not as exported"
        cure = "change the stack file instead, and delete or move what is here"
        raise RefusedError([Problem(file=str(out), path=(), cause=cause, cure=cure)])


def _is_foreign(path: Path, digests: Set[str]) -> bool:
    if not os.path.lexists(path):
        return False
    if path.is_symlink():
        return True
    return _digest_of(declared_bytes(path.parent, path.name, most=_LARGEST)) not in digests


def _digest(text: str) -> str:
    return _digest_of(text.encode())


def _digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _to_set(out: Path, made: Exported) -> list[str]:
    kept = (out / ENVIRONMENT).exists()
    told = [f"note: see {out / ENVIRONMENT}: what this server alone knows"] if kept else []
    return told + [f"note: put {one} into the folder of secrets" for one in made.given]
