"""What a change of a cluster's objects means: who may do more, what follows what, what stays."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

from components.parts.part import Manifest
from gitops.cluster.layout import ROOT, STACKS
from gitops.planning.note import Kind, Note
from gitops.planning.printable import printable

_OPTIONS = "argocd.argoproj.io/sync-options"
_PRUNE = "kustomize.toolkit.fluxcd.io/prune"
_LEVEL = "pod-security.kubernetes.io/enforce"
_LEVELS = ("privileged", "baseline", "restricted")
# One line of a terminal holds about so many.
_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One file of manifests that differs: the object before and after, or None."""

    path: str
    old: Manifest | None
    new: Manifest | None

    @property
    def any(self) -> Manifest:
        """Return the object as it is after the change, or before it where it is gone."""
        found = self.new or self.old
        assert found is not None  # noqa: S101 (a pair has one of the two)
        return found

    @property
    def label(self) -> str:
        """Return its kind, namespace and name."""
        metadata = self.any["metadata"]
        place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
        return printable(f"{self.any['kind']} {place}{metadata['name']}")

    def stays(self, folders: Iterable[str]) -> bool:
        """Return whether the cluster keeps the object that is gone; `folders` are still pulled."""
        folder, _, _ = self.path.rpartition("/")
        options = str(_below(self.any, ("metadata", "annotations", _OPTIONS)))
        kept = _below(self.any, ("metadata", "annotations", _PRUNE)) == "disabled"
        # What pulled the object of a stack has another name now, or is gone.
        unpulled = folder == ROOT or folder not in folders or folder.startswith(f"{STACKS}/")
        return kept or unpulled or "Prune=false" in options.split(",")

    def at(self, *steps: str) -> tuple[Any, Any]:
        """Return what the object has below some keys, before and after."""
        return _below(self.old, steps), _below(self.new, steps)


def _below(value: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        value = cast("dict[str, Any]", value).get(step) if isinstance(value, dict) else None
    return value


def _items(value: Any, *steps: str) -> list[Any]:
    found = _below(value, steps)
    return cast("list[Any]", found) if isinstance(found, list) else []


def notes(cluster: str, pairs: Sequence[Pair], folders: Iterable[str]) -> tuple[Note, ...]:
    """Return what a reviewer must know of what changes; `folders` are those still pulled."""
    known = tuple(folders)
    gone = [one for one in pairs if one.new is None and one.stays(known)]
    return (
        *_starts(cluster, pairs),
        *(note for writer in _WRITERS for note in writer(pairs)),
        *_staying(gone),
    )


def _starts(cluster: str, pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield that what starts all others changes: no Application pulls it."""
    found = [one.label for one in pairs if one.path.startswith(f"{ROOT}/")]
    if found:
        text = f"nothing pulls what starts the cluster: {_listed(found)}"
        cure = f"`kubectl apply -f clusters/{cluster}/manifests/root/` once it is merged"
        yield Note(Kind.CLUSTER_STARTS, tuple(found), text, cure)


def _repository(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield where another repository is followed, once for all that follow it."""
    moved: dict[tuple[str, str], list[str]] = {}
    for pair in pairs:
        for steps in (("spec", "source", "repoURL"), ("spec", "projectRepo"), ("spec", "url")):
            old, new = pair.at(*steps)
            if old and new and old != new:
                moved.setdefault((str(old), str(new)), []).append(pair.label)
    for (old, new), found in moved.items():
        text = f"another repository is followed: {old} -> {new} by {_listed(found)}"
        cure = "whoever can write there decides what the cluster runs"
        yield Note(Kind.REPOSITORY_CHANGES, tuple(found), text, cure)


def _revision(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield which branch, commit or version is followed instead of another."""
    for pair in pairs:
        if pair.old and pair.new:
            old, new = _followed(pair.old), _followed(pair.new)
            if old != new:
                text = f"{pair.label} follows {new}, no longer {old}"
                yield Note(Kind.REVISION_CHANGES, (pair.label,), text)


def _followed(one: Manifest) -> str:
    steps = (
        ("commit",), ("branch",), ("source", "targetRevision"), ("ref", "commit"),
        ("ref", "branch"), ("sourceRef", "name"),
    )  # fmt: skip
    said = [found for step in steps if (found := _below(one, ("spec", *step)))]
    return printable(str(said[0])) if said else ""


def _rights(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield what a Role or ClusterRole grants that it did not, and whom a binding adds."""
    for pair in pairs:
        if pair.new is None:
            continue
        if pair.new["kind"] in ("Role", "ClusterRole"):
            more = _by_place(_grants(pair.new) - _grants(pair.old))
        elif pair.new["kind"] in ("RoleBinding", "ClusterRoleBinding"):
            more = sorted(_subjects(pair.new) - _subjects(pair.old))
        else:
            continue
        if more:
            text = f"{pair.label} grants more: {_listed(more)}"
            yield Note(Kind.RIGHTS_WIDEN, (pair.label,), text)


def _grants(role: Manifest | None) -> set[tuple[str, str]]:
    """Return each right: a resource, and one verb."""
    rights: set[tuple[str, str]] = set()
    for rule in _items(role, "rules"):
        groups = _items(rule, "apiGroups") or [""]
        names = _items(rule, "resourceNames") or [""]
        places = [
            f"{resource}{f'.{group}' if group else ''}{f'/{name}' if name else ''}"
            for group, resource, name in product(groups, _items(rule, "resources"), names)
        ]
        places += map(str, _items(rule, "nonResourceURLs"))
        rights |= {*product(places, map(str, _items(rule, "verbs")))}
    return rights


def _by_place(rights: Iterable[tuple[str, str]]) -> list[str]:
    verbs: dict[str, list[str]] = {}
    for place, verb in sorted(rights):
        verbs.setdefault(place, []).append(verb)
    return [f"{place} ({', '.join(found)})" for place, found in verbs.items()]


def _subjects(binding: Manifest | None) -> set[str]:
    role = " ".join(str(_below(binding, ("roleRef", key))) for key in ("kind", "name"))
    return {
        f"{role} to {' '.join(str(_below(one, (key,))) for key in ('kind', 'namespace', 'name'))}"
        for one in _items(binding, "subjects")
    }


_LIMITS = (
    "sourceRepos", "destinations", "clusterResourceWhitelist", "namespaceResourceWhitelist",
)  # fmt: skip


def _projects(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield what AppProjects let through that they did not, once for all that do the same."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.any["kind"] == "AppProject" and pair.old and pair.new:
            more = _listed([f"{key} {one}" for key in _LIMITS for one in _more(pair, key)])
            found.setdefault(more, []).append(pair.label)
    for more, labels in found.items():
        if more:
            text = f"more is let through: {more} by {_listed(labels)}"
            yield Note(Kind.PROJECT_WIDENS, tuple(labels), text)


def _more(pair: Pair, key: str) -> list[str]:
    """Return what a limit has that it had not, each in words."""
    known = [*map(_words, _items(pair.old, "spec", key))]
    return [one for one in map(_words, _items(pair.new, "spec", key)) if one not in known]


def _words(item: Any) -> str:
    if not isinstance(item, dict):
        return printable(str(item))
    fields = cast("dict[str, Any]", item)
    kept = [str(one) for key, one in fields.items() if one and key != "server"]
    return printable("/".join(kept)) or "all"


def _syncs(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield, once for all stacks, other times and other people for a sync."""
    for key, what in (("syncWindows", "when Argo CD may sync"), ("roles", "who may sync by hand")):
        found = [
            pair.label
            for pair in pairs
            if pair.any["kind"] == "AppProject" and pair.old and pair.new
            if _items(pair.old, "spec", key) != _items(pair.new, "spec", key)
        ]
        if found:
            text = f"{what} changes: {_listed(found)}"
            yield Note(Kind.SYNC_CHANGES, tuple(found), text)


def _namespaces(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield another Pod Security Standard of a namespace, and whether it allows more."""
    for pair in pairs:
        old, new = pair.at("metadata", "labels", _LEVEL)
        if pair.any["kind"] == "Namespace" and pair.old and pair.new and old != new:
            less = _rank(new) < _rank(old)
            name = pair.any["metadata"]["name"]
            text = f"the Pod Security Standard of namespace {name} changes from {old} to {new}"
            cure = "pods there may do more" if less else ""
            yield Note(Kind.POD_SECURITY_CHANGES, (name,), printable(text), cure)


def _rank(level: Any) -> int:
    return _LEVELS.index(level) if level in _LEVELS else 0


def _states(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield that a stack looks for its state elsewhere, or with another key."""
    for pair in pairs:
        for key in ("backend", "secretsProvider", "stack"):
            old, new = pair.at("spec", key)
            if pair.any["kind"] == "Stack" and pair.old and pair.new and old != new:
                text = f"the state of {pair.label} is elsewhere: {key} {old} -> {new}"
                yield Note(
                    Kind.STATE_MOVES,
                    (pair.label,),
                    printable(text),
                    "move it there first (`pulumi stack export`, then `import`): "
                    "an engine without it creates everything anew",
                )


def _workspaces(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield that the operator runs programs in another image."""
    steps = ("spec", "workspaceTemplate", "spec", "image")
    found: dict[tuple[str, str], list[str]] = {}
    for pair in pairs:
        old, new = pair.at(*steps)
        if old and new and old != new:
            found.setdefault((str(old), str(new)), []).append(pair.label)
    for (old, new), labels in found.items():
        text = f"the program runs in another image: {old} -> {new} for {_listed(labels)}"
        yield Note(Kind.WORKSPACE_CHANGES, tuple(labels), printable(text))


def _frozen(pairs: Sequence[Pair]) -> Iterator[Note]:
    """Yield that a stack is no longer changed by anybody, or is again."""
    for pair in pairs:
        if pair.old and pair.new and _is_frozen(pair.old) != _is_frozen(pair.new):
            now = _is_frozen(pair.new)
            text = f"{pair.label} is {'frozen: nothing is applied' if now else 'applied again'}"
            yield Note(Kind.STACK_FREEZES, (pair.label,), text)


def _is_frozen(one: Manifest) -> bool:
    for kind, key in (("Stack", "preview"), ("Kustomization", "suspend")):
        if one["kind"] == kind:
            return bool(_below(one, ("spec", key)))
    return one["kind"] == "Application" and not _below(one, ("spec", "syncPolicy", "automated"))


def _staying(gone: Sequence[Pair]) -> Iterator[Note]:
    """Yield what is no longer pulled and what nobody deletes either."""
    for pair in gone:
        metadata = pair.any["metadata"]
        if pair.any["kind"] == "Namespace":
            text = f"namespace {metadata['name']} stays with all that is in it"
            cure = "delete it by hand once nothing in it is needed"
            yield Note(Kind.NAMESPACE_STAYS, (metadata["name"],), printable(text), cure)
        elif pair.path.startswith(f"{STACKS}/"):
            text = f"{pair.label} stays, and the operator goes on with it, without its rights"
            cure = f"`kubectl delete stack {metadata['name']} -n {metadata.get('namespace')}`"
            yield Note(Kind.STACK_STAYS, (pair.label,), text, printable(cure))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return printable(", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else ""))


_WRITERS: tuple[Callable[[Sequence[Pair]], Iterator[Note]], ...] = (
    _repository, _revision, _rights, _projects, _syncs, _namespaces, _states, _workspaces, _frozen,
)  # fmt: skip
