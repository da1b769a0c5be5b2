"""`render`: the objects of a stack as YAML: one file each with `parts.json`, or one stream."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, BinaryIO

from documents.files import declared_bytes
from documents.problem import Problem, RefusedError
from documents.writer import to_yaml
from gitops.cli.root import checkout
from gitops.planning.checkout import declared, declared_objects
from gitops.planning.rendering.folder import INDEX, LARGEST_INDEX, files
from gitops.planning.rendering.rendering import Rendering


def render(stacks: Sequence[str], out: Path, *, nested: bool) -> list[Path]:
    """Write renderings and return their folders; nothing is written if anything is refused.

    Each stack goes into `out`, or into a folder of its own below it where `nested` is set. An
    earlier rendering there is replaced; any other content refuses.
    """
    renderings = declared(checkout(), stacks)
    out = out.resolve()
    targets = [out / one.stack if nested else out for one in renderings]
    for target in targets:
        _refuse_foreign(target)
    for rendering, target in zip(renderings, targets, strict=True):
        _write(rendering, target)
    return targets


def stream(stack: str, out: BinaryIO) -> None:
    """Write the objects of a stack as one stream; nothing is written if anything is refused."""
    # The text is made whole before its first byte leaves: a reader applies what it gets.
    documents = [f"---\n{to_yaml(one)}".encode() for one in declared_objects(checkout(), stack)]
    out.writelines(documents)
    out.flush()


def _refuse_foreign(target: Path) -> None:
    if not target.exists():
        return
    names = {path.name for path in target.iterdir()} if target.is_dir() else {target.name}
    foreign = sorted(names - _rendered(target))
    if not foreign:
        return
    cause = f"holds {foreign[0]}, which no rendering wrote"
    cure = "name an empty or a new folder"
    raise RefusedError([Problem(file=str(target), path=(), cause=cause, cure=cure)])


def _rendered(target: Path) -> frozenset[str]:
    """Return the names of the files of an earlier rendering, of whatever version."""
    try:
        index: Any = json.loads(declared_bytes(target, INDEX, most=LARGEST_INDEX))
        return frozenset({INDEX, *(part.get("file") for part in index["parts"])})
    except (RefusedError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return frozenset()


def _write(rendering: Rendering, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside the target and renamed, so that no reader sees half of it.
    folder = Path(mkdtemp(dir=target.parent, prefix=".rendering-"))
    try:
        folder.chmod(0o755)
        for name, text in files(rendering).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
