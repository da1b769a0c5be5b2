"""Reads what a checkout declares: its catalog, its stack files, and what they amount to."""

from collections.abc import Sequence
from pathlib import Path

from components.context import Context
from components.declaration import DuplicateNameError
from components.model_config import ModelListTooLargeError
from components.pool import Pool
from components.resolve import resolve
from documents.problem import Problem, RefusedError
from gitops.planning.record import rendering
from gitops.planning.rendering import Rendering
from models.catalog import Catalog, read_catalog
from settings.config import SettingsError
from settings.stack_file import StackFile, read_stack_file, stack_names


def declared(root: Path, stacks: Sequence[str]) -> list[Rendering]:
    """Return the renderings of some stacks of a checkout, or of all where none is named.

    Raises:
        RefusedError: a model, a stack file or what they make together is not valid.
    """
    problems: list[Problem] = []
    renderings: list[Rendering] = []
    catalog = read_catalog(root)
    for stack in stacks or stack_names(root):
        try:
            renderings.append(render_stack(root, stack, catalog))
        except RefusedError as error:
            problems += error.problems
    if problems:
        raise RefusedError(problems)
    if not renderings:
        cause, cure = "declares no stack", "add Pulumi.dev.yaml"
        raise RefusedError([Problem(file="Pulumi.yaml", path=(), cause=cause, cure=cure)])
    return renderings


def render_stack(root: Path, stack: str, catalog: Catalog) -> Rendering:
    """Return the rendering of one stack.

    Raises:
        RefusedError: its file is not valid, names what is not there, or cannot work.
    """
    file = read_stack_file(root, stack)
    try:
        context, pools = resolved(file, catalog)
        return rendering(context, pools)
    except (ModelListTooLargeError, DuplicateNameError) as error:
        path = ("config", "localai:pools")
        cause, _, cure = str(error).partition("; ")
        raise RefusedError([file.document.problem(path, cause, cure)]) from None


def resolved(file: StackFile, catalog: Catalog) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of a stack file.

    Raises:
        RefusedError: it names what is not there or cannot work; with file and line.
    """
    try:
        return resolve(file.stack, file.settings, catalog)
    except SettingsError as error:
        problems = [file.document.problem(*finding) for finding in error.findings]
        raise RefusedError(problems) from None
