"""`render`: the objects of a stack as YAML: one file each with `parts.json`, or one stream."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from documents.files import declared_bytes
from documents.foreign import foreign_yaml
from documents.problem import Problem, RefusedError
from documents.writer import to_yaml
from gitops.adapters.scratch import exchange, scratch
from gitops.cli.root import checkout
from gitops.cli.terminal import busy
from gitops.planning.checkout import declared, declared_objects
from gitops.planning.printable import listed, printable
from gitops.planning.rendering.render import file_name
from gitops.planning.rendering.rendering import (
    INDEX,
    LARGEST_INDEX,
    LARGEST_OBJECT,
    Rendering,
    files,
    manifest_yaml,
)

_DRAFT = ".localai-gitops-rendering-"
_GRACE_SECONDS = 0.2
_NONE = frozenset[str]()
# The files of a rendering, by name.
Texts = Mapping[str, str]


def render(stacks: Sequence[str], out: Path, *, nested: bool) -> list[tuple[Path, str]]:
    """Write renderings; return their folders, each with the Secrets that are not in it, in words.

    Nothing is written if anything is refused.

    Each stack goes into `out`, or into a folder of its own below it where `nested` is set. An
    earlier rendering there is replaced; any other content refuses.
    """
    with busy("Rendering stacks"):
        return _render(declared(checkout(), stacks), out.resolve(), nested=nested)


def _render(renderings: Sequence[Rendering], out: Path, *, nested: bool) -> list[tuple[Path, str]]:
    targets = [out / one.stack if nested else out for one in renderings]
    texts = [files(one) for one in renderings]
    _refuse_foreign(dict(zip(targets, texts, strict=True)))
    # All of them are written before the first is put in its place.
    with ExitStack() as drafts:
        made = [drafts.enter_context(scratch(one.parent, _DRAFT)) for one in targets]
        for text, folder in zip(texts, made, strict=True):
            _write(text, folder)
        replaced = [_place(*one) for one in zip(made, targets, texts, strict=True)]
        if any(replaced):
            # Who has just opened an old folder reads its list before it is emptied.
            time.sleep(_GRACE_SECONDS)
    return [(target, _left_out(one)) for one, target in zip(renderings, targets, strict=True)]


def _left_out(rendering: Rendering) -> str:
    parts = [one for one in rendering.parts if one.object and not one.file]
    names = ", ".join(
        f"{one.object['kind']} {one.object['metadata']['name']}" for one in parts if one.object
    )
    return f", without {names}, whose values the engine generates" if names else ""


def stream(stack: str, out: BinaryIO) -> None:
    """Write the objects of a stack as one stream; nothing is written if anything is refused."""
    # The text is made whole before its first byte leaves: a reader applies what it gets.
    with busy("Rendering the stack"):
        found = declared_objects(checkout(), stack)
        documents = [f"---\n{manifest_yaml(one)}".encode() for one in found]
    out.writelines(documents)
    out.flush()


def _refuse_foreign(targets: Mapping[Path, Texts]) -> None:
    problems = [
        Problem(
            file=str(target),
            path=(),
            cause=f"holds {listed([*map(printable, foreign)], 'file')}, which no rendering wrote",
            cure="name an empty or a new folder, or empty this one yourself",
        )
        for target, texts in targets.items()
        if (foreign := _foreign(target, texts))
    ]
    if problems:
        raise RefusedError(problems)


def _foreign(target: Path, texts: Texts) -> list[str]:
    """Return what is in a folder, or in its place, and was not written by a rendering.

    `texts` are files that a rendering would write.
    """
    if target.is_symlink() or not target.is_dir():
        return [target.name] if target.is_symlink() or target.exists() else []
    known = _listed_in(target)
    with os.scandir(target) as found:
        return sorted(
            one.name
            for one in found
            if one.name not in known
            or not one.is_file(follow_symlinks=False)
            or not (one.name == INDEX or _is_ours(target, one.name, texts))
        )


def _listed_in(target: Path) -> frozenset[str]:
    """Return the names of the files of an earlier rendering, of whatever version."""
    try:
        index: Any = json.loads(declared_bytes(target, INDEX, most=LARGEST_INDEX))
        listed = (part.get("file") for part in index["parts"])
        return frozenset({INDEX, *listed}) if "version" in index and "stack" in index else _NONE
    except (RefusedError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return _NONE


def _is_ours(target: Path, name: str, texts: Texts) -> bool:
    """Return whether a file is one that a rendering writes, to the byte: anybody can list one."""
    try:
        content = declared_bytes(target, name, most=LARGEST_OBJECT)
        if content == texts.get(name, "").encode():
            return True
        (found,) = foreign_yaml(content, name=name)
        # Earlier versions wrote the keys in the order of the alphabet.
        ours = (manifest_yaml(found), to_yaml(found))
        return file_name(found) == name and content.decode() in ours
    except (RefusedError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _write(texts: Texts, folder: Path) -> None:
    folder.chmod(0o755)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _place(folder: Path, target: Path, texts: Texts) -> bool:
    """Put a folder in its place and return whether it replaced one, which is then in its own."""
    try:
        folder.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        exchange(folder, target)
        # Looked at again in the place where nothing is added to it; what came late is given back.
        if _foreign(folder, texts):
            exchange(folder, target)
            _refuse_foreign({target: texts})
        return True
    return False
