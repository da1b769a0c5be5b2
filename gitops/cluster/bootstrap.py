"""From what is in a cluster to what is still to do, so that it pulls what was merged."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.charts import ARGO_NAMESPACE
from documents.problem import Problem
from gitops.cluster.file import FOLDER, NAME
from gitops.cluster.layout import LABELS, PLACES, ROOT, ClusterObjects
from gitops.cluster.objects import objects
from gitops.cluster.secrets import Needed, needed, repository_secret

# The first whose Application has `retry.refresh`: a field that is not declared is refused. It tells
# its objects by an annotation, as our manifests expect, since 3.0.
# Source: https://github.com/argoproj/argo-cd/pull/23038, first in v3.2.0.
OLDEST = (3, 2)
_OWNER = "app.kubernetes.io/managed-by"
_OWNERS = (
    ("annotations", "meta.helm.sh/release-name"),
    ("annotations", "argocd.argoproj.io/tracking-id"),
    ("labels", "kustomize.toolkit.fluxcd.io/name"),
    ("labels", "argocd.argoproj.io/instance"),
    ("labels", _OWNER),
)
_VERSION = re.compile(r":v?([0-9]+)\.([0-9]+)\.([0-9]+)")
CONTROLLER = "argocd-application-controller"


@dataclass(frozen=True, kw_only=True)
class Argo:
    """The Argo CD of a cluster: each namespace it is in, its image, and whether it is ours."""

    namespaces: tuple[str, ...] = ()
    image: str = ""
    is_ours: bool = False
    has_kinds: bool = False

    @property
    def version(self) -> tuple[int, ...] | None:
        """Return its version as its image tells it; None where it does not."""
        found = _VERSION.search(self.image)
        return tuple(map(int, found.groups())) if found else None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found: of the repository, and in the cluster.

    `heads` are the branches of the repository, `open` is whether everybody may read it, `known` the
    addresses of Argo CD's own Secrets of repositories, `secrets` the keys of each Secret by
    namespace and name, `busy` the namespaces in which somebody else runs something.
    """

    heads: Mapping[str, str]
    is_open: bool
    uid: str = ""
    argo: Argo = field(default_factory=Argo)
    namespaces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Any])
    secrets: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    known: tuple[str, ...] = ()
    busy: Mapping[str, str] = field(default_factory=dict[str, str])
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do: what it is called, the objects to apply, and the Secrets to ask for.

    `secrets` are those to make, `incomplete` those that are there and lack a key.
    """

    words: str
    objects: tuple[Mapping[str, Any], ...] = ()
    secrets: tuple[Needed, ...] = ()
    incomplete: tuple[Needed, ...] = ()
    argo: bool = False


def argo(workloads: Mapping[str, Any], kinds: Mapping[str, Any], manager: str) -> Argo:
    """Return the Argo CD that there is, from its workloads and its kinds as kubectl prints them."""
    controllers = [one for one in workloads.get("items", ()) if _is_controller(one)]
    image = ""
    for one in controllers:
        image = one["spec"]["template"]["spec"]["containers"][0]["image"]
    served = {one["metadata"]["name"] for one in kinds.get("items", ()) if _serves(one)}
    return Argo(
        namespaces=tuple(sorted({one["metadata"]["namespace"] for one in controllers})),
        image=image,
        is_ours=any(_managed(one, manager) for one in controllers),
        has_kinds={"applications.argoproj.io", "appprojects.argoproj.io"} <= served,
    )


def _is_controller(one: Mapping[str, Any]) -> bool:
    name = one["metadata"].get("labels", {}).get("app.kubernetes.io/name", "")
    return name == CONTROLLER or one["metadata"]["name"] == CONTROLLER


def _serves(kind: Mapping[str, Any]) -> bool:
    return any(one["name"] == "v1alpha1" and one["served"] for one in kind["spec"]["versions"])


def established(kind: Mapping[str, Any]) -> bool:
    """Return whether the API server serves a kind that was just defined."""
    conditions = kind.get("status", {}).get("conditions") or ()
    return any((one["type"], one["status"]) == ("Established", "True") for one in conditions)


def _managed(one: Mapping[str, Any], manager: str) -> bool:
    return any(each["manager"] == manager for each in one["metadata"].get("managedFields", ()))


def spaces(cluster: ClusterObjects) -> list[str]:
    """Return the namespaces of the stacks of a cluster, and of its charts."""
    return sorted(
        one["metadata"]["name"] for one in objects(cluster)[PLACES] if one["kind"] == "Namespace"
    )


def secrets(cluster: ClusterObjects, facts: Facts) -> list[Needed]:
    """Return every Secret that must be there, that of the repository too if it is not open."""
    found = needed(cluster)
    url = cluster.settings.repository.url
    if facts.is_open or any(_leads_to(known, url) for known in facts.known):
        return found
    return [repository_secret(cluster.name, cluster.settings), *found]


def _leads_to(known: str, url: str) -> bool:
    """Return whether Argo CD takes the credentials of one address for another."""
    kind, _, address = known.partition(" ")
    if kind == "repo-creds":
        return url.startswith(address)
    return address.removesuffix(".git").rstrip("/") == url.removesuffix(".git").rstrip("/")


def lacking(cluster: ClusterObjects, facts: Facts) -> list[Needed]:
    """Return the Secrets that are not there, or not with every key."""
    return [
        one
        for one in secrets(cluster, facts)
        if one.place not in facts.secrets or not one.keys <= facts.secrets[one.place]
    ]


def refusals(cluster: ClusterObjects, facts: Facts) -> Iterator[Problem]:
    """Yield why a cluster cannot be made to pull as it is."""
    yield from _repository(cluster, facts)
    yield from _identity(cluster, facts)
    yield from _argo(cluster, facts.argo)
    for name in spaces(cluster):
        yield from _space(cluster, facts, name)


def problem(cluster: ClusterObjects, key: tuple[str, ...], cause: str, cure: str) -> Problem:
    """Return what is wrong with a key of the cluster file, or with the cluster it is about."""
    return Problem(file=f"{FOLDER}/{cluster.name}/{NAME}", path=key, cause=cause, cure=cure)


def _repository(cluster: ClusterObjects, facts: Facts) -> Iterator[Problem]:
    settings = cluster.settings
    wanted: dict[tuple[str, ...], str] = {("repository", "branch"): settings.repository.branch}
    for name, place in settings.stacks.items():
        if place.branch:
            wanted["stacks", name, "branch"] = place.branch
    for key, branch in wanted.items():
        if branch not in facts.heads:
            known = ", ".join(sorted(facts.heads)[:10]) or "none"
            cause = f"is '{branch}', which the repository does not have (it has: {known})"
            yield problem(cluster, key, cause, "push that branch, or name another")


def _identity(cluster: ClusterObjects, facts: Facts) -> Iterator[Problem]:
    for name in cluster.settings.stacks:
        bound = cluster.renderings[name].cluster_uid
        if bound and facts.uid and bound != facts.uid:
            cause = f"is bound to the cluster with the UID {bound}, and this one has {facts.uid}"
            cure = "name the right one with --context"
            yield problem(cluster, ("stacks", name), cause, cure)
    for other in facts.roots:
        if other != cluster.root:
            cause = f"would share a cluster with {other}, which is pulled there already"
            cure = (
                f"name the right cluster with --context, or delete the Application {other} in "
                f"{ARGO_NAMESPACE} first"
            )
            yield problem(cluster, (), cause, cure)


def _argo(cluster: ClusterObjects, there: Argo) -> Iterator[Problem]:
    given = cluster.settings.argo_cd
    oldest = ".".join(map(str, OLDEST))
    if given and tuple(map(int, given.version.split("."))) < OLDEST:
        cause = f"is {given.version}, and needs to be {oldest} or newer"
        yield problem(cluster, ("argoCd", "version"), cause, "name a newer release")
    for name in there.namespaces:
        if name != ARGO_NAMESPACE:
            cause = f"needs Argo CD in the namespace {ARGO_NAMESPACE}, and it is in {name}"
            yield problem(cluster, (), cause, f"install it in {ARGO_NAMESPACE}")
            return
    if there.namespaces and there.version and there.version < OLDEST and not there.is_ours:
        version = ".".join(map(str, there.version))
        cause = f"needs Argo CD {oldest} or newer, and {version} is there"
        yield problem(cluster, (), cause, "upgrade Argo CD, then run this again")
    elif there.namespaces and not there.has_kinds and not there.is_ours:
        cause = "needs the kinds Application and AppProject in v1alpha1, which are not served"
        yield problem(cluster, (), cause, "install the definitions of Argo CD's release")
    elif not there.namespaces and given is None:
        cause = "is missing, and Argo CD is not in the cluster"
        cure = f"install it in the namespace {ARGO_NAMESPACE}, or name its manifests here"
        yield problem(cluster, ("argoCd",), cause, cure)


def _space(cluster: ClusterObjects, facts: Facts, name: str) -> Iterator[Problem]:
    there = facts.namespaces.get(name)
    if there is None or there.get("labels", {}).get(_OWNER) == LABELS[_OWNER]:
        return
    owner = next(
        (f"{key}: {there[kind][key]}" for kind, key in _OWNERS if there.get(kind, {}).get(key)), ""
    )
    why = f"it says {owner}" if owner else ""
    if not why and name in facts.busy:
        why = f"it holds {facts.busy[name]}"
    if why:
        cause = f"needs the namespace {name}, which belongs to somebody else: {why}"
        label = f"{_OWNER}={LABELS[_OWNER]}"
        cure = (
            "give the stack another namespace, or hand this one over: "
            f"kubectl label namespace {name} {label} --overwrite"
        )
        yield problem(cluster, (), cause, cure)


def steps(cluster: ClusterObjects, facts: Facts) -> Iterator[Step]:
    """Yield what is still to do, in order; each may be done twice."""
    given, there = cluster.settings.argo_cd, facts.argo
    if given and (there.is_ours or not there.namespaces):
        words = f"apply Argo CD {given.version} ({given.manifests}) in {ARGO_NAMESPACE}"
        yield Step(words=words, objects=(_namespace(ARGO_NAMESPACE),), argo=True)
    missing = lacking(cluster, facts)
    for name in sorted({one.namespace for one in missing} - facts.namespaces.keys()):
        if name != ARGO_NAMESPACE:
            yield Step(words=f"create the namespace {name}", objects=(_namespace(name),))
    yield from (_completed(one, facts.secrets.get(one.place)) for one in missing)
    root = tuple(objects(cluster)[ROOT])
    yield Step(words=f"apply the project and the Application {cluster.root}", objects=root)


def _completed(one: Needed, there: frozenset[str] | None) -> Step:
    """Return the step after which a Secret has all its keys; None are those of one to make."""
    wanted = ", ".join(sorted(one.keys - (there or frozenset())))
    words = f"the Secret {one.name} in {one.namespace}" + (wanted and f": {wanted}")
    if there is None:
        return Step(words=f"make {words}", secrets=(one,))
    return Step(words=f"complete {words}", incomplete=(one,))


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": LABELS}}
