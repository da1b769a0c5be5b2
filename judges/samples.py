"""The sample stacks that together use every key of a stack file, laid out as a checkout."""

import shutil
from pathlib import Path

FOLDER = "tests/data/everything"
_PROGRAM = ("Pulumi.yaml", "__main__.py")


def samples(root: Path, target: Path) -> None:
    """Write the samples into a folder: their stack files, their models, and the committed ones."""
    shutil.copytree(root / FOLDER, target, dirs_exist_ok=True)
    shutil.copytree(root / "models", target / "models", dirs_exist_ok=True)
    for name in _PROGRAM:
        shutil.copy(root / name, target)
