"""Where the command runs: the checkout, and the folder for what may be kept between runs."""

import os
from pathlib import Path

from documents.problem import Problem, RefusedError


def checkout() -> Path:
    """Return the checkout the command runs in.

    Raises:
        RefusedError: the current folder is not one.
    """
    folder = Path.cwd()
    if (folder / "Pulumi.yaml").is_file():
        return folder
    cause, cure = "is not in this folder", "run the command at the top of the checkout"
    raise RefusedError([Problem(file="Pulumi.yaml", path=(), cause=cause, cure=cure)])


def cache_folder() -> Path:
    """Return the folder for results that can be made again (XDG base directories)."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "localai-gitops"
