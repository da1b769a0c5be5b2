"""Where the stacks and models of the tests are: never those of the checkout, which are a team's."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from settings.file import stack_names

ROOT = Path(__file__).parents[2]
# A project as a team has one: Pulumi.yaml, three stack files and models/.
PROJECT = ROOT / "tests" / "data" / "project"
STACKS = tuple(stack_names(PROJECT))


def write_project(folder: Path, code: Iterable[str] = ("__main__.py",)) -> Path:
    """Write the project into a folder, with these rooms and files of the checkout; return it."""
    for name in code:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=_no_models)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    return folder


def _no_models(folder: str, names: list[str]) -> list[str]:
    """Leave out the models of the checkout, not the code that reads them."""
    return (
        [name for name in names if name.endswith(".yaml")] if Path(folder).name == "models" else []
    )
