"""The disk below a sandbox: whether it takes what a sandbox writes, and shows it to programs."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from sandbox.errors import SandboxError

SPACE = 500 * 1000**2
"""Bytes; the logs and etcd's files of a cluster with three stacks take 150 MB, measured."""

COVERED = Path("/run")
"""The holder covers it before it can show what lies below."""


class StateError(SandboxError):
    """The files of a sandbox cannot be kept where they should be."""


def check_space(folder: Path, free: int | None = None) -> None:
    """Raise StateError when the disk of `folder` is too full for a sandbox (`free` in bytes)."""
    left = shutil.disk_usage(folder).free if free is None else free
    if left < SPACE:
        raise StateError(
            f"A sandbox needs {SPACE // 1000**2} MB of disk, and {folder} has {left // 1000**2}",
            "Free some, or set XDG_STATE_HOME to a folder on a larger disk",
        )


def check_visible(folders: Iterable[Path]) -> None:
    """Raise StateError for a folder that the programs of a sandbox could not see."""
    hidden = [folder for folder in folders if folder.is_relative_to(COVERED)]
    if hidden:
        raise StateError(
            f"The programs of a sandbox see a {COVERED} of their own, and not {hidden[0]}",
            "Set XDG_STATE_HOME and XDG_CACHE_HOME to folders elsewhere",
        )


@contextmanager
def writing(folder: Path) -> Generator[None]:
    """Turn a refusal to write to `folder`, or to make it, into a StateError."""
    try:
        yield
    except OSError as error:
        place = Path(str(error.filename or ""))
        if not (place.is_relative_to(folder) or folder.is_relative_to(place)):
            raise
        raise StateError(
            f"{place} cannot be written: {error.strerror}",
            "Mend that, or set XDG_STATE_HOME to a folder that root may write to",
        ) from error
