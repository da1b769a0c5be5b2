"""Reads what a checkout declares: its catalog, its stack files, and what they amount to."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from components.checks.resolve import resolve
from components.parts.context import Context
from components.parts.part import Manifest, Part
from components.pool.pool import Pool
from documents.problem import Problem, RefusedError
from documents.reader import Document, read_file
from documents.rule import broken
from gitops.planning.neighbors import NEIGHBOR_RULES, Neighbors
from gitops.planning.project import FILE, project_problems
from gitops.planning.rendering.render import rendering
from gitops.planning.rendering.rendering import ReleaseRecord, Rendering
from models.catalog import Catalog, read_catalog
from settings.config import SettingsError, in_config
from settings.file import StackFile, read_stack_file, stack_names
from settings.release import BLOCKED, Block, read_blocked
from settings.release import FOLDER as RELEASES
from stack import stack_parts


def clashes(root: Path, files: Iterable[StackFile]) -> Iterator[Problem]:
    """Yield what stack files take that another stack of the checkout has, asked about or not."""
    known = {file.stack: file for file in files}
    owners = {other.stack: other.settings for other in _others(root, known)}
    for file in known.values():
        neighbors = Neighbors(settings=file.settings, others=owners)
        yield from map(file.document.placed, in_config(broken(NEIGHBOR_RULES, neighbors)))
        owners[file.stack] = file.settings


# The first stack serves models/ as they are; `init` gives it this name.
FIRST = "dev"


def is_first(stack: str, *, alone: bool) -> bool:
    """Return whether a stack is the first one: `dev`, or the only one of its checkout."""
    return alone or stack == FIRST


def strays(root: Path) -> Iterator[Problem]:
    """Yield release files of no stack or of the first one, and blocks that are not valid."""
    try:
        read_blocked(root)
    except RefusedError as error:
        yield from error.problems
    known = {*stack_names(root), BLOCKED}
    for path in sorted((root / RELEASES).glob("*.yaml")):
        name, stack = f"{RELEASES}/{path.name}", path.stem
        if stack == FIRST:
            cause = "is of the first stack, which serves models/ as they are"
            yield Problem(file=name, cause=cause, cure="delete it")
        elif stack not in known:
            cause, cure = f"is of the stack {stack}, which is not there", "delete it"
            yield Problem(file=name, cause=cause, cure=cure)


def _others(root: Path, known: Iterable[str]) -> Iterator[StackFile]:
    """Yield the valid stack files that were not asked for; what is wrong with others waits."""
    for stack in sorted({*stack_names(root)} - {*known}):
        try:
            yield read_stack_file(root, stack)
        except RefusedError:
            continue


Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A project, a catalog, stack files, and the rendering of each of them, in the same order.

    `alone` tells that the checkout has one stack, whether it was asked for or not.
    """

    project: Document
    catalog: Catalog
    files: tuple[StackFile, ...]
    renderings: tuple[Rendering, ...]
    alone: bool
    blocks: tuple[Block, ...] = ()
    problems: tuple[Problem, ...] = ()


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
    found = read_whole(root, stacks)
    if found.problems:
        raise RefusedError(found.problems)
    return found


def read_whole(root: Path, stacks: Sequence[str]) -> Declared:
    """Return what the same stacks declare as far as they are valid, and what is wrong with others.

    Raises:
        RefusedError: a model or the project is not valid, or there is no stack.
    """
    catalog = read_catalog(root)
    names = stacks or stack_names(root)
    pairs, problems = _tried(root, names, lambda file: render_file(file, catalog))
    return Declared(
        problems=tuple(problems),
        project=read_file(root, FILE),
        catalog=catalog,
        files=tuple(file for file, _ in pairs),
        renderings=tuple(rendering for _, rendering in pairs),
        alone=len(stack_names(root)) == 1,
        blocks=_blocks(root),
    )


def _blocks(root: Path) -> tuple[Block, ...]:
    """Return the releases that are blocked; none where the file is not valid, which is told."""
    try:
        return read_blocked(root)
    except RefusedError:
        return ()


def declared_objects(root: Path, stack: str) -> Iterator[Manifest]:
    """Yield the objects of one stack of a checkout, less Secrets that are generated later.

    Raises:
        RefusedError: a model, a stack file or what they make together is not valid; this is
            before the first object.
    """
    parts = declared_parts(root, stack)
    return (part.manifest for part in parts if part.manifest and not part.options.secret)


def declared_parts(root: Path, stack: str) -> tuple[Part, ...]:
    """Return the parts of one stack of a checkout.

    Raises:
        RefusedError: a model, a stack file or what they make together is not valid.
    """
    catalog = read_catalog(root)
    ((_, parts),) = _each(root, [stack], lambda file: _parts(file, catalog))
    return parts


def _each(
    root: Path, stacks: Sequence[str], make: Callable[[StackFile], Made]
) -> list[tuple[StackFile, Made]]:
    """Return stack files, each with what is made of it; all that is wrong refuses at once."""
    pairs, problems = _tried(root, stacks, make)
    if problems:
        raise RefusedError(problems)
    return pairs


def _tried(
    root: Path, stacks: Sequence[str], make: Callable[[StackFile], Made]
) -> tuple[list[tuple[StackFile, Made]], list[Problem]]:
    """Return stack files, each with what is made of it, and all that is wrong."""
    problems: list[Problem] = []
    pairs: list[tuple[StackFile, Made]] = []
    for stack in stacks:
        try:
            file = read_stack_file(root, stack)
            pairs.append((file, make(file)))
        except RefusedError as error:
            problems += error.problems
    project = read_file(root, FILE)
    problems += [*project_problems(root, project), *clashes(root, [file for file, _ in pairs])]
    problems += strays(root)
    return pairs, problems


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
    with _placed(file):
        found = rendering(*resolve(file.stack, file.settings, catalog, file.release))
    if file.release is None:
        return found
    summary = file.release.summary
    record = ReleaseRecord(digest=summary["digest"], models=summary["models"])
    return replace(found, release=record)


def _parts(file: StackFile, catalog: Catalog) -> tuple[Part, ...]:
    with _placed(file):
        return stack_parts(*resolve(file.stack, file.settings, catalog, file.release))


@contextmanager
def _placed(file: StackFile) -> Generator[None]:
    """Refuse what is wrong in settings at its place in their file."""
    try:
        yield
    except SettingsError as error:
        raise RefusedError(map(file.document.placed, error.problems)) from None


def resolved_stack(root: Path, stack: str) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of one stack of a checkout.

    Raises:
        RefusedError: its file or a model is not valid, or it names what is not there.
    """
    return resolved(read_stack_file(root, stack), read_catalog(root))


def resolved(file: StackFile, catalog: Catalog) -> tuple[Context, tuple[Pool, ...]]:
    """Return the context and the pools of a stack file.

    Raises:
        RefusedError: it names what is not there or cannot work; with file and line.
    """
    with _placed(file):
        return resolve(file.stack, file.settings, catalog, file.release)
