"""What a change does to what clusters pull, besides the objects of their rendered stacks.

Argo CD pulls what is committed. So the base is the manifests that it has, and the head is what the
files here make, which `check` holds the committed ones to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from components.charts import ARGO_NAMESPACE
from components.parts.part import Manifest
from documents.foreign import foreign_yaml
from documents.problem import RefusedError
from gitops.adapters.git import Entry, Git, blob_id
from gitops.cluster.file import FOLDER, NAME, Cluster, misplaced
from gitops.cluster.layout import ACCOUNT, MANIFESTS, STACKS, ClusterObjects
from gitops.cluster.manifests import cluster_objects, manifests, stale
from gitops.cluster.notes import Pair, notes
from gitops.cluster.objects import placed
from gitops.planning.checkout import Declared
from gitops.planning.difference import differences, hidden
from gitops.planning.note import Kind, Note
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.plan import ClusterPlan, Plan
from gitops.planning.printable import printable

# What stops pulling, and deletes nothing else.
_FLUX_GOES = "`kubectl -n flux-system delete kustomization NAME`, which deletes nothing else"
_ARGO_GOES = (
    f"delete cluster-{{}}, then its other Applications, with `kubectl -n {ARGO_NAMESPACE} "
    "delete application NAME`, which deletes nothing else; `argocd app delete` deletes all that "
    "they pulled, unless given `--cascade=false`"
)
# A cluster at the base: its manifests by path below their folder.
_Entries = Mapping[str, Entry]


def with_clusters(
    plan: Plan, git: Git, commit: str | None, head: Declared, clusters: Sequence[Cluster]
) -> Plan:
    """Return the plan with every cluster there is or was; `head` is of all stacks.

    Raises:
        GitError: Git cannot read the commit.
    """
    root = git.folder
    wrong = tuple(misplaced(root, clusters, head.files))
    found = () if wrong else (cluster_objects(one, head.renderings) for one in clusters)
    made = [one for one in found if one]
    base = _clusters_at(git, commit) if commit and plan.compared else {}
    plans = [_cluster_plan(root, git, base.get(one.name), one) for one in made]
    if not wrong:
        gone = sorted({*base} - {one.name for one in made})
        plans += [_removed(git, name, base[name]) for name in gone if not _is_there(root, name)]
    return replace(plan, clusters=tuple(plans), problems=(*plan.problems, *wrong))


def _is_there(root: Path, name: str) -> bool:
    return (root / FOLDER / name / NAME).exists()


def _clusters_at(git: Git, commit: str) -> dict[str, dict[str, Entry]]:
    """Return the clusters that a commit has a file of, each with its manifests."""
    found: dict[str, dict[str, Entry]] = {}
    files = [one for one in git.tree(commit) if one.path.startswith(f"{FOLDER}/")]
    for entry in files:
        _, name, *rest = entry.path.split("/")
        if rest == [NAME]:
            found[name] = {}
    for entry in files:
        _, name, *rest = entry.path.split("/")
        if name in found and rest[:1] == [MANIFESTS] and not entry.is_odd:
            found[name]["/".join(rest[1:])] = entry
    return found


def _cluster_plan(root: Path, git: Git, base: _Entries | None, made: ClusterObjects) -> ClusterPlan:
    texts, news = manifests(made), placed(made)
    # Nobody reads YAML that is the same to the byte.
    same = {
        path: news[path]
        for path, entry in (base or {}).items()
        if path in texts and blob_id(texts[path].encode(), entry.id) == entry.id
    }
    others = {path: entry for path, entry in (base or {}).items() if path not in same}
    olds, unreadable = _read(git, others)
    plan = cluster_plan(made, None if base is None else {**same, **olds})
    return replace(plan, notes=(*_stale(root, made), *unreadable, *plan.notes))


def cluster_plan(made: ClusterObjects, base: Mapping[str, Manifest] | None) -> ClusterPlan:
    """Return what changes against the objects of a base by path, or None where all is new."""
    news = placed(made)
    folders = {path.rpartition("/")[0] for path in news}
    every = _pairs(base or {}, news)
    pairs = [one for one in every if not _is_of_stack(one)]
    told = (*notes(made.name, pairs, folders), *_charts_staying(every, news))
    return ClusterPlan(
        cluster=made.name,
        notes=_added(made.name) if base is None else told,
        objects=tuple(_changes(pairs, folders)),
    )


def _removed(git: Git, name: str, base: _Entries) -> ClusterPlan:
    olds, unreadable = _read(git, base)
    pairs = [one for one in _pairs(olds, {}) if not _is_of_stack(one)]
    flux = any(one["kind"] == "Kustomization" for one in olds.values())
    who, cure = ("Flux", _FLUX_GOES) if flux else ("Argo CD", _ARGO_GOES.format(name))
    text = (
        f"{FOLDER}/{name}/{NAME} was deleted: {who} has nothing to compare with any more, so "
        "all that it pulled stays, and drift is no longer corrected"
    )
    return ClusterPlan(
        cluster=name,
        there=False,
        notes=(*unreadable, Note(Kind.CLUSTER_REMOVED, (name,), text, printable(cure))),
        objects=tuple(_changes(pairs, set())),
    )


def _added(name: str) -> tuple[Note, ...]:
    text = f"{FOLDER}/{name}/{NAME} is new: everything that the cluster pulls is created"
    cure = f"apply {FOLDER}/{name}/{MANIFESTS}/root/ there once it is merged"
    return (Note(Kind.CLUSTER_ADDED, (name,), text, cure),)


def _stale(root: Path, made: ClusterObjects) -> Iterator[Note]:
    found = [one.file for one in stale(root, made)]
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        text = f"this is what the files make, but it is not what is there: {found[0]}{more}"
        yield Note(
            Kind.MANIFESTS_STALE,
            tuple(found),
            text,
            f"run `localai-gitops cluster render {made.name}`, and commit what it writes",
        )


def _read(git: Git, entries: _Entries) -> tuple[dict[str, Manifest], list[Note]]:
    """Return the objects of a commit by path, and what cannot be read as one."""
    contents = git.contents(entry.id for entry in entries.values())
    found: dict[str, Manifest] = {}
    wrong: list[Note] = []
    for path, entry in entries.items():
        one = _object(contents[entry.id], entry.path)
        if one is None:
            text = f"{entry.path} of the base is not an object that can be compared"
            wrong.append(Note(Kind.MANIFEST_UNREADABLE, (entry.path,), text))
        else:
            found[path] = one
    return found, wrong


def _object(content: bytes, name: str) -> Manifest | None:
    try:
        found = foreign_yaml(content, name=name)
    except RefusedError:
        return None
    if len(found) != 1 or not isinstance(found[0], dict):
        return None
    one = cast("dict[str, Any]", found[0])
    metadata = one.get("metadata")
    named = isinstance(metadata, dict) and isinstance(
        cast("dict[str, Any]", metadata).get("name"), str
    )
    return one if named and isinstance(one.get("kind"), str) else None


def _pairs(olds: Mapping[str, Manifest], news: Mapping[str, Manifest]) -> list[Pair]:
    paths = [*news, *(path for path in sorted(olds) if path not in news)]
    pairs = [Pair(path=path, old=olds.get(path), new=news.get(path)) for path in paths]
    return [one for one in pairs if one.old != one.new]


def _is_of_stack(pair: Pair) -> bool:
    """Return whether it is an object of a rendered stack, which the plan of the stack shows."""
    return pair.path.startswith(f"{STACKS}/") and pair.any["kind"] != "Stack"


def _charts_staying(pairs: Sequence[Pair], news: Mapping[str, Manifest]) -> Iterator[Note]:
    """Yield that the last chart of a stack stays: the right to delete it goes with it."""
    charts = {_stack(path) for path, one in news.items() if one["kind"] == "Application"}
    stays = {_stack(path) for path in news} - charts
    for pair in pairs:
        one, name = pair.any, pair.any["metadata"]["name"]
        if pair.new or one["metadata"].get("namespace") != ARGO_NAMESPACE:
            continue
        if one["kind"] == "Application" and _stack(pair.path) in stays:
            text = (
                f"{pair.label} stays: once a stack has no chart, Argo CD deletes nothing for it "
                f"in {ARGO_NAMESPACE}"
            )
            cure = f"`kubectl delete application {name} -n {ARGO_NAMESPACE}` once it is merged"
            yield Note(Kind.CHART_STAYS, (pair.label,), text, printable(cure))
        elif one["kind"] == "Role" and (stack := name.removeprefix(f"{ACCOUNT}-")) in stays:
            text = (
                f"the last chart of {stack} stays and its `Stack` stalls: once a stack has no "
                f"chart, its program may delete nothing in {ARGO_NAMESPACE}"
            )
            cure = "delete its Application once it is merged, then ask for a run (docs/operator.md)"
            yield Note(Kind.CHART_STAYS, (stack,), printable(text), cure)


def _stack(path: str) -> str:
    """Return whose folder a path is in; empty where it is of no stack."""
    folder, _, rest = path.partition("/")
    return rest.partition("/")[0] if folder == STACKS else ""


def _changes(pairs: Sequence[Pair], folders: set[str]) -> Iterator[ObjectChange]:
    for pair in pairs:
        one = pair.any
        yield ObjectChange(
            urn=pair.path,
            kind=one["kind"],
            namespace=str(one["metadata"].get("namespace", "")),
            name=one["metadata"]["name"],
            change=_change(pair, folders),
            fields=tuple(map(hidden, differences(pair.old, pair.new)))
            if pair.old and pair.new
            else (),
        )


def _change(pair: Pair, folders: set[str]) -> Change:
    if pair.old is None:
        return Change.CREATE
    if pair.new is not None:
        return Change.UPDATE
    return Change.ABANDON if pair.stays(folders) else Change.DELETE
