"""Writes several new files: all of them or none, and nothing that is there is lost by accident."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import mkstemp

from documents.files import given_bytes
from documents.problem import Problem, RefusedError

_LARGEST = 16 * 1024 * 1024


def write_new(
    root: Path, files: Mapping[str, str], *, force: bool, cure: str = "move it, or give --force"
) -> tuple[str, ...]:
    """Write files below a folder and return their names.

    `cure` is what a person of the verb can do about a file that is there already.

    Raises:
        RefusedError: one of them is there with other content and `force` is not set; nothing is
            written then.
    """
    clashes = [name for name, text in files.items() if _clashes(root / name, text, force=force)]
    if clashes:
        cause = "is there already, and would be overwritten"
        if force:
            cause, cure = "is there already, and is no file that could be given back", "move it"
        raise RefusedError(
            [Problem(file=name, path=(), cause=cause, cure=cure) for name in clashes]
        )
    drafts: dict[str, Path] = {}
    try:
        for name, text in files.items():
            drafts[name] = _draft(root / name, text)
        _move(root, drafts)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return tuple(files)


def _clashes(path: Path, text: str, *, force: bool) -> bool:
    if not os.path.lexists(path):
        return False
    # What cannot be kept cannot be given back either, where a later file fails.
    found = _kept(path)
    return found is None or (not force and found != text.encode())


def _kept(path: Path) -> bytes | None:
    """Return the bytes that a file of ours may hold; None where it is something else."""
    try:
        return given_bytes(path, most=_LARGEST)
    except RefusedError:
        return None


def _draft(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    draft = Path(name)
    draft.chmod(0o644)
    return draft


def _move(root: Path, drafts: Mapping[str, Path]) -> None:
    """Give every draft its name; when one cannot have it, those before get their old bytes back."""
    before: dict[Path, bytes | None] = {}
    try:
        for name, draft in drafts.items():
            path = root / name
            before[path] = _kept(path)
            draft.replace(path)
    except OSError:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise


def append(path: Path, lines: Iterable[str], content: bytes) -> None:
    """Add lines to a file of somebody, which holds that content: no byte of it changes."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write("" if not content or content.endswith(b"\n") else "\n")
        file.write("".join(f"{line}\n" for line in lines))
