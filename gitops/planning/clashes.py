"""What two stacks on one cluster may not both take: a namespace, an Application, an address."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from components.application import ARGO_NAMESPACE, name_in
from documents.problem import KeyPath, Problem, RefusedError
from settings.config import PROJECT
from settings.stack import StackSettings
from settings.stack_file import StackFile, read_stack_file, stack_names


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A name that only one stack of a cluster may have, and the key that gives it."""

    cluster: str
    what: str
    name: str
    path: KeyPath
    cure: str


def clashes(root: Path, files: Iterable[StackFile]) -> Iterator[Problem]:
    """Yield what stack files take that another stack of the checkout has, asked about or not."""
    known = {file.stack: file for file in files}
    owners: dict[tuple[str, str, str], str] = {}
    for other in _others(root, known):
        _claim(owners, other)
    for file in known.values():
        for one in taken(file.settings):
            owner = owners.get((one.cluster, one.what, one.name))
            if owner:
                cause = f"is the {one.what} of stack {owner} too, on the same cluster"
                yield file.document.problem(one.path, cause, one.cure)
        _claim(owners, file)


def _claim(owners: dict[tuple[str, str, str], str], file: StackFile) -> None:
    for one in taken(file.settings):
        owners.setdefault((one.cluster, one.what, one.name), file.stack)


def _others(root: Path, known: Iterable[str]) -> Iterator[StackFile]:
    """Yield the readable stack files that nobody asked about; what is wrong with others waits."""
    for stack in sorted({*stack_names(root)} - {*known}):
        try:
            yield read_stack_file(root, stack)
        except RefusedError:
            continue


def taken(settings: StackSettings) -> Iterator[Taken]:
    """Yield the names a stack takes of its cluster."""
    yield Taken(
        cluster=settings.cluster,
        what="namespace",
        name=settings.namespace,
        path=("config", f"{PROJECT}:namespace"),
        cure="give each stack its own",
    )
    for chart in settings.charts:
        yield Taken(
            cluster=settings.cluster,
            what=f"Application in namespace {ARGO_NAMESPACE}",
            name=name_in(settings.namespace, chart),
            path=("config", f"{PROJECT}:charts", chart),
            cure="rename the chart",
        )
    if settings.exposure and settings.exposure.host:
        yield Taken(
            cluster=settings.cluster,
            what="address",
            name=f"{settings.exposure.host}{settings.exposure.path}",
            path=("config", f"{PROJECT}:exposure", "host"),
            cure="give each stack a host or a path of its own",
        )
