"""How far a cluster is with what it pulls: each Application in a line, and what to do about it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.charts import ARGO_NAMESPACE
from gitops.cluster.layout import PLACES, ROOT, ClusterObjects
from gitops.cluster.objects import objects
from settings.stack.delivery import Delivery

_CURES = (
    (
        ("authentication required", "authorization failed", "Repository not found", "permission",
         "could not read", "unable to authenticate", "x509", "dial tcp", "no such host"),
        "Argo CD cannot read the repository: correct its Secret (type repository) in "
        f"{ARGO_NAMESPACE}, and see that pods reach its host",
    ),
    (
        ("to a commit SHA", "couldn't find remote ref", "reference not found"),
        "the branch or commit is gone: push it, or name another in cluster.yaml",
    ),
    (
        ("app path does not exist",),
        "the manifests are not on that branch: commit and merge what `cluster render` writes",
    ),
    (
        ("is not permitted in project",),
        "its AppProject may be updated later than it: run this again; if that does not help, run "
        "`cluster render`, commit and merge",
    ),
    (
        ('namespaces "',),
        "its namespace is created by another Application, maybe later: run this again",
    ),
    (("exceeded quota",), "raise the quota of the namespace in cluster.yaml, or ask for less"),
    (
        ("not found in the cluster", "no matches for kind", "could not find the requested resource",
         "could not find version"),
        "its kind is not in the cluster: add the chart that brings it to cluster.yaml",
    ),
)  # fmt: skip
_STUCK = ("ComparisonError", "InvalidSpecError", "UnknownError")


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """An Application that is awaited: where it puts things, and at which commit, if that counts.

    One that is frozen applies nothing; one that previews applies a `Stack`, which applies nothing.
    """

    name: str
    namespace: str
    revision: str = ""
    is_frozen: bool = False
    is_preview: bool = False


@dataclass(frozen=True, kw_only=True)
class State:
    """An Application at one moment: whether it is done, why not, and whether it is stuck.

    `again` is the sync to ask for where Argo CD has given up: it tries no commit a second time.
    Under the same `turn` nothing has come since that could let it succeed.
    """

    name: str
    namespace: str
    is_done: bool
    is_stuck: bool
    words: str
    cure: str = ""
    again: Mapping[str, Any] | None = None
    turn: str = ""

    def line(self) -> str:
        """Return it in one line."""
        return f"{self.name}: {self.words}"


def awaited(cluster: ClusterObjects, heads: Mapping[str, str]) -> list[Awaited]:
    """Return the Applications of a cluster in the order of their waves; the root is the first."""
    known = objects(cluster)
    found = [one for folder in (ROOT, "") for one in known[folder] if one["kind"] == "Application"]
    frozen = _frozen(cluster, Delivery.RENDERED, "stack")
    previews = _frozen(cluster, Delivery.OPERATOR, "operator")
    return [
        Awaited(
            name=one["metadata"]["name"],
            namespace=one["spec"]["destination"]["namespace"],
            revision=heads.get(one["spec"]["source"]["targetRevision"], "")
            if "path" in one["spec"]["source"]
            else "",
            is_frozen=one["metadata"]["name"] in frozen,
            is_preview=one["metadata"]["name"] in previews,
        )
        for one in found
    ]


def _frozen(cluster: ClusterObjects, delivery: Delivery, kind: str) -> set[str]:
    """Return the Applications of the frozen stacks that one writer applies."""
    stacks = cluster.settings.stacks.items()
    return {
        f"{kind}-{name}" for name, place in stacks if place.frozen and place.delivery is delivery
    }


def states(wanted: Iterable[Awaited], listed: Mapping[str, Any]) -> list[State]:
    """Return the state of each awaited Application, from the list as kubectl prints it."""
    there = {one["metadata"]["name"]: one for one in listed.get("items", ())}
    names = [*wanted]
    # Each looks at Git by itself: what gives a stack its project and its namespace may be later.
    root = names[0].name if names else ""
    first = (there.get(name, {}).get("status", {}) for name in (root, f"{root}-{PLACES}"))
    came = " ".join(str(one.get("sync", {}).get("revision", "")) for one in first)
    found = (_state(one, there.get(one.name)) for one in names)
    return [replace(one, turn=f"{one.name} {came}") for one in found]


def _state(wanted: Awaited, found: Mapping[str, Any] | None) -> State:
    name, namespace = wanted.name, wanted.namespace
    if found is None:
        words = "not there yet"
        return State(name=name, namespace=namespace, is_done=False, is_stuck=False, words=words)
    status = found.get("status", {})
    sync, health = (status.get(one, {}) for one in ("sync", "health"))
    synced, well = sync.get("status", "not compared"), health.get("status", "health unknown")
    phase = status.get("operationState", {}).get("phase", "")
    same = not wanted.revision or sync.get("revision") == wanted.revision
    conditions = status.get("conditions", ())
    # A Stack that previews is Suspended once it did, and stays so.
    fine = well in (("Healthy", "Suspended") if wanted.is_preview else ("Healthy",))
    # A sync that failed may be of an older commit: where nothing is left to sync, none follows.
    is_done = (synced, fine, same) == ("Synced", True, True) and phase != "Running"
    is_done = is_done or (wanted.is_frozen and "status" in sync)
    reasons = [] if is_done else [*_reasons(status)]
    revision = str(sync.get("revision", ""))[:9]
    words = f"{synced}, {well}" + (f", at {revision}" if revision else "")
    if wanted.is_frozen or (wanted.is_preview and is_done):
        words += ", frozen: nothing is applied"
    return State(
        name=name,
        namespace=namespace,
        is_done=is_done,
        is_stuck=not is_done and any(one.get("type") in _STUCK for one in conditions),
        words="; ".join([words, *reasons]),
        cure="" if is_done else _cure(" ".join(reasons), namespace),
        again=_again(found) if phase in ("Failed", "Error") and not is_done else None,
    )


def _again(found: Mapping[str, Any]) -> dict[str, Any]:
    policy = found["spec"]["syncPolicy"]
    sync = {"prune": True, "syncOptions": policy["syncOptions"]}
    who = {"username": "localai-gitops"}
    return {"operation": {"initiatedBy": who, "retry": policy["retry"], "sync": sync}}


def _reasons(status: Mapping[str, Any]) -> Iterator[str]:
    for one in status.get("conditions", ()):
        yield f"{one.get('type')}: {one.get('message')}"
    operation = status.get("operationState", {})
    if operation.get("phase") in ("Running", "Failed", "Error"):
        yield f"sync {operation['phase']}: {operation.get('message', '')}"
    for one in status.get("resources", ()):
        health = one.get("health", {})
        if health.get("status", "Healthy") != "Healthy":
            said = f": {health['message']}" if health.get("message") else ""
            yield f"{one['kind']} {one['name']} {health['status']}{said}"


def _cure(text: str, namespace: str) -> str:
    for signs, cure in _CURES:
        if any(one in text for one in signs):
            return cure
    look = f"kubectl --namespace {namespace} get pods,events"
    return f"look at it with `{look}`; what runs keeps running"
