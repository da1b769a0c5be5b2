"""What judges look at: the checkout, and every object of its stacks and of the sample stacks."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from gitops.planning.checkout import declared
from gitops.planning.rendering.folder import INDEX, files

FOLDER = "tests/data/everything"
_PROGRAM = ("Pulumi.yaml", "__main__.py")


def samples(root: Path, target: Path) -> None:
    """Write the samples into a folder: their stack files, their models, and the committed ones."""
    shutil.copytree(root / FOLDER, target, dirs_exist_ok=True)
    shutil.copytree(root / "models", target / "models", dirs_exist_ok=True)
    for name in _PROGRAM:
        shutil.copy(root / name, target)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A checkout, and a folder that has the objects of each stack in a folder of its own."""

    root: Path
    objects: Path

    @property
    def stacks(self) -> tuple[Path, ...]:
        """Return the folder of each stack."""
        return tuple(sorted(self.objects.iterdir()))

    @property
    def seen(self) -> str:
        """Return in words what there is of objects."""
        count = len([*self.objects.glob("*/*.yaml")])
        return f"{len(self.stacks)} stacks, {count} objects"

    @property
    def workflows(self) -> tuple[str, ...]:
        """Return the workflows by their paths in the checkout."""
        found = sorted((self.root / ".github/workflows").glob("*.yml"))
        return tuple(str(path.relative_to(self.root)) for path in found)

    @property
    def locks(self) -> tuple[Path, ...]:
        """Return every file that locks packages of PyPI."""
        patterns = (
            "requirements*.txt",
            "*/requirements.txt",
            "components/addons/*/requirements.txt",
        )
        return tuple(path for one in patterns for path in sorted(self.root.glob(one)))


def case(root: Path, folder: Path) -> Case:
    """Return the case of a checkout; `folder` is empty and takes what is made for it."""
    checkout, objects = folder / "samples", folder / "objects"
    samples(root, checkout)
    for rendering in (*declared(root, ()), *declared(checkout, ())):
        place = objects / rendering.stack
        place.mkdir(parents=True)
        for name, text in files(rendering).items():
            if name != INDEX:
                (place / name).write_text(text, encoding="utf-8")
    return Case(root=root, objects=objects)
