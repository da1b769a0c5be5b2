"""clusters/<name>/cluster.yaml: read strictly, and held against the stack files."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from documents.problem import KeyPath, Problem, RefusedError
from documents.quantity import quantity
from documents.reader import Document, read_file
from documents.rule import broken
from documents.validation import problems
from gitops.cluster.layout import engine_home
from gitops.cluster.rules import CLUSTER_RULES, operated
from settings.cluster import ClusterFile, Controller
from settings.file import StackFile, stack_names
from settings.stack.stack import StackSettings

FOLDER, NAME = "clusters", "cluster.yaml"
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster's name, its document (for lines) and what it says."""

    name: str
    document: Document
    settings: ClusterFile


def cluster_names(root: Path) -> list[str]:
    """Return the names of the clusters that have a file in a checkout, sorted."""
    return sorted(path.parent.name for path in root.glob(f"{FOLDER}/*/{NAME}"))


def read_cluster(root: Path, name: str) -> Cluster:
    """Return one cluster file of a checkout.

    Raises:
        RefusedError: there is none, or it is not valid; every problem has a line and a cure.
    """
    file = f"{FOLDER}/{name}/{NAME}"
    known = cluster_names(root)
    # Before the file is looked for: one outside of clusters/ is nothing to add.
    if not _LABEL.fullmatch(name):
        cause, cure = "is in a folder that no cluster can be named by", "use a-z, 0-9, hyphens"
        raise RefusedError([Problem(file=file, path=(), cause=cause, cure=cure)])
    if name not in known:
        cure = f"use one of: {', '.join(known)}" if known else f"add {file}"
        raise RefusedError([Problem(file=file, path=(), cause="is not there", cure=cure)])
    document = read_file(root, file)
    try:
        settings = ClusterFile.model_validate(document.value)
    except ValidationError as error:
        found = problems(error, ClusterFile)
    else:
        found = list(broken(CLUSTER_RULES, settings))
        if not found:
            return Cluster(name=name, document=document, settings=settings)
    placed = map(document.placed, found)
    raise RefusedError(sorted(placed, key=lambda problem: (problem.line, str(problem.path))))


def read_clusters(root: Path) -> tuple[Cluster, ...]:
    """Return every cluster file of a checkout.

    Raises:
        RefusedError: one of them is not valid.
    """
    found: list[Cluster] = []
    wrong: list[Problem] = []
    for name in cluster_names(root):
        try:
            found.append(read_cluster(root, name))
        except RefusedError as error:
            wrong += error.problems
    if wrong:
        raise RefusedError(wrong)
    return tuple(found)


def engine_namespace(root: Path, settings: StackSettings) -> str:
    """Return the namespace of the `Stack` of a stack, which its cluster file may name.

    Raises:
        RefusedError: the cluster file is not valid.
    """
    cluster = settings.cluster.name
    there = cluster in cluster_names(root)
    return engine_home(read_cluster(root, cluster).settings if there else None, settings.namespace)


def misplaced(
    root: Path, clusters: Iterable[Cluster], stacks: Iterable[StackFile]
) -> Iterator[Problem]:
    """Yield where stack files and cluster files differ on who is where; none without a cluster."""
    known = {one.name: one for one in clusters}
    files = {one.stack: one for one in stacks}
    if not known:
        return
    for file in files.values():
        yield from _homeless(file, known)
    homes: dict[str, str] = {}
    for cluster in known.values():
        for stack in cluster.settings.stacks:
            cause, cure, key = _wrong_place(root, cluster, stack, files.get(stack), homes)
            if cause:
                yield cluster.document.problem(("stacks", stack, *key), cause, cure)
            homes.setdefault(stack, cluster.name)
        yield from _shared(cluster, files)
        yield from _crowded(cluster, files)


def _homeless(file: StackFile, known: dict[str, Cluster]) -> Iterator[Problem]:
    name, path = file.settings.cluster.name, ("config", "localai:cluster")
    if name not in known:
        cause = f"is '{name}', which has no file {FOLDER}/{name}/{NAME}"
        yield file.document.problem(path, cause, f"add it, or use one of: {', '.join(known)}")
    elif file.stack not in known[name].settings.stacks:
        cause = f"is '{name}', whose file does not list this stack"
        cure = f"add `{file.stack}` to `stacks` in {FOLDER}/{name}/{NAME}"
        yield file.document.problem(path, cause, cure)


def _wrong_place(
    root: Path, cluster: Cluster, stack: str, file: StackFile | None, homes: dict[str, str]
) -> tuple[str, str, KeyPath]:
    """Return the cause, the cure and the key of what is wrong with one stack of a cluster."""
    names = stack_names(root)
    place = cluster.settings.stacks[stack]
    if stack in homes:
        return f"is a stack of cluster {homes[stack]} too", "delete one of the two", ()
    if stack not in names:
        return "is not a known stack", f"use one of: {', '.join(names) or 'none'}", ()
    if file is None:
        return "", "", ()
    other = file.settings.cluster.name
    if other != cluster.name:
        return f"names cluster '{other}' in its own file", "make the two agree", ()
    if place.delivery is not file.settings.delivery:
        cause = f"is '{place.delivery}', but Pulumi.{stack}.yaml says '{file.settings.delivery}'"
        return cause, "make the two agree", ("delivery",)
    return "", "", ()


def _shared(cluster: Cluster, files: dict[str, StackFile]) -> Iterator[Problem]:
    """Yield charts that go into the namespace of a stack, or that nothing installs."""
    taken = {files[one].settings.namespace: one for one in cluster.settings.stacks if one in files}
    if cluster.settings.controller is Controller.FLUX:
        for stack in (one for one in cluster.settings.stacks if one in files):
            if files[stack].settings.charts:
                cause, cure = (
                    "has `localai:charts`, which Argo CD installs",
                    "install them otherwise",
                )
                yield cluster.document.problem(("stacks", stack), cause, cure)
    workspace = cluster.settings.workspace
    given: dict[KeyPath, str] = {
        ("charts", name, "namespace"): chart.namespace
        for name, chart in cluster.settings.charts.items()
    }
    if workspace and workspace.namespace:
        given["workspace", "namespace"] = workspace.namespace
    for path, namespace in given.items():
        if namespace in taken:
            cause = f"is '{namespace}', the namespace of stack {taken[namespace]}"
            yield cluster.document.problem(path, cause, "give it one of its own")


# What the workspace pod asks for: gitops/cluster/operator.py.
_WORKSPACE_MEMORY = quantity("512Mi")


def _crowded(cluster: Cluster, files: dict[str, StackFile]) -> Iterator[Problem]:
    """Yield stacks whose quota has no room for the pod in which the operator runs the program."""
    workspace = cluster.settings.workspace
    if workspace and workspace.namespace:
        return
    state = cluster.settings.state
    claims = 1 if state and state.claim else 0
    for name in operated(cluster.settings):
        file = files.get(name)
        quota = file.settings.quota if file else None
        if file is None or quota is None:
            continue
        memory = quantity(quota.extra_memory or 0)
        if quota.extra_cpu and memory >= _WORKSPACE_MEMORY and quota.extra_claims >= claims:
            continue
        needed = "extraCpu: 1, extraMemory: 1Gi" + ", extraClaims: 1" * claims
        cause = "has no room for the operator's pod" + " and the claim of the state" * claims
        cure = f"write {{{needed}}} or more"
        yield file.document.problem(("config", "localai:quota"), cause, cure)
