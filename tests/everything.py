"""Stacks that together use every key of a stack file; tests/data/everything/ holds their files."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from components.checks.resolve import resolve
from components.parts.context import Context
from components.pool.pool import Pool
from gitops.planning.checkout import Declared, read_declared, resolved
from judges.case import FOLDER, samples
from settings.file import stack_names
from settings.stack.delivery import Delivery
from tests.support.project import ROOT

STACKS = tuple(stack_names(ROOT / FOLDER))


@contextmanager
def checkout() -> Generator[Path]:
    """Give the sample stacks with their models as a checkout."""
    with TemporaryDirectory() as folder:
        samples(ROOT, Path(folder))
        yield Path(folder)


@cache
def everything() -> Declared:
    """Return what the sample stacks declare."""
    with checkout() as root:
        return read_declared(root, STACKS)


def sample(stack: str) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of one sample stack."""
    known = everything()
    (file,) = (one for one in known.files if one.stack == stack)
    return resolved(file, known.catalog)


def under_the_engine(stack: str) -> tuple[Context, tuple[Pool, ...]]:
    """Return the same with the engine as who applies it, whatever the file says."""
    known = everything()
    (file,) = (one for one in known.files if one.stack == stack)
    settings = file.settings.model_copy(update={"delivery": Delivery.OPERATOR})
    return resolve(stack, settings, known.catalog, file.release)
