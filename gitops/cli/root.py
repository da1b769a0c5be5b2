"""Where the command runs: the checkout, and the folder for what may be kept between runs."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from documents.problem import Problem, RefusedError
from gitops.cli.terminal import say


def checkout() -> Path:
    """Return the checkout the command runs in: the folder of the nearest Pulumi.yaml upward.

    Raises:
        RefusedError: the current folder is in none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    cause, cure = "is not in this folder or one above it", "run the command inside the checkout"
    raise RefusedError([Problem(file="Pulumi.yaml", path=(), cause=cause, cure=cure)])


def below_repository(folder: Path) -> str:
    """Return the path of a folder from the top of its repository, empty at the top or without."""
    top = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
    path = folder.relative_to(top).as_posix()
    return "" if path == "." else path


def cache_folder() -> Path:
    """Return the folder for results that can be made again (XDG base directories)."""
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The rules say to ignore a path that is not absolute.
    return (home if home.is_absolute() else Path.home() / ".cache") / "localai-gitops"


@contextmanager
def cache(name: str) -> Generator[Path]:
    """Hand out a folder of the cache; one that ends with the run where none can be written."""
    try:
        folder = cache_folder() / name
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        say(f"note: the cache cannot be written ({why}): nothing is kept of this run")
        with TemporaryDirectory(prefix="localai-gitops-") as instead:
            yield Path(instead)
        return
    yield folder
