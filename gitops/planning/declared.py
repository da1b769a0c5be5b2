"""Reads what a checkout declares: its catalog, its stack files, and what they amount to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.context import Context
from components.declaration import DuplicateNameError
from components.model_config import ModelListTooLargeError
from components.pool import Pool
from components.resolve import resolve
from documents.problem import Problem, RefusedError
from documents.reader import read_file
from gitops.planning.clashes import clashes
from gitops.planning.record import rendering
from gitops.planning.rendering import Rendering
from models.catalog import Catalog, read_catalog
from settings.config import PROJECT, SettingsError
from settings.stack_file import StackFile, read_stack_file, stack_names


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A catalog, stack files, and the rendering of each of them, in the same order."""

    catalog: Catalog
    files: tuple[StackFile, ...]
    renderings: tuple[Rendering, ...]


def declared(root: Path, stacks: Sequence[str]) -> list[Rendering]:
    """Return the renderings of some stacks of a checkout, or of all where none is named.

    Raises:
        RefusedError: a model, a stack file or what they make together is not valid.
    """
    return list(read_declared(root, stacks).renderings)


def read_declared(root: Path, stacks: Sequence[str]) -> Declared:
    """Return what some stacks of a checkout declare, or all where none is named.

    Raises:
        RefusedError: a model, a stack file or what they make together is not valid.
    """
    problems: list[Problem] = []
    files: list[StackFile] = []
    renderings: list[Rendering] = []
    catalog = read_catalog(root)
    for stack in stacks or stack_names(root):
        try:
            file = read_stack_file(root, stack)
            renderings.append(render_file(file, catalog))
            files.append(file)
        except RefusedError as error:
            problems += error.problems
    if not renderings and not problems:
        cause, cure = "declares no stack", "add Pulumi.dev.yaml"
        raise RefusedError([Problem(file="Pulumi.yaml", path=(), cause=cause, cure=cure)])
    problems += [*_foreign_project(root), *clashes(root, files)]
    if problems:
        raise RefusedError(problems)
    return Declared(catalog=catalog, files=tuple(files), renderings=tuple(renderings))


def render_stack(root: Path, stack: str, catalog: Catalog) -> Rendering:
    """Return the rendering of one stack.

    Raises:
        RefusedError: its file is not valid, names what is not there, or cannot work.
    """
    return render_file(read_stack_file(root, stack), catalog)


def render_file(file: StackFile, catalog: Catalog) -> Rendering:
    """Return the rendering of the stack in one file.

    Raises:
        RefusedError: it names what is not there, or cannot work.
    """
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


def _foreign_project(root: Path) -> Iterator[Problem]:
    """Yield what Pulumi.yaml says that the engine would see and a plan would not."""
    document = read_file(root / "Pulumi.yaml", name="Pulumi.yaml")
    if document.value.get("name") != PROJECT:
        cause, cure = "is not the project of this program", f"write `name: {PROJECT}`"
        yield document.problem(("name",), cause, cure)
    if "config" in document.value:
        cause = "sets configuration that a plan of stacks cannot see"
        yield document.problem(("config",), cause, "move it to the stack files")
