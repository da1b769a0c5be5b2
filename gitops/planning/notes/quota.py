"""What a change does to the quota of a namespace, and when the quota would stop an update half way.

The quota changes first, pods are replaced next, and what is declared no more is deleted at the end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from components.parts.kinds import KINDS, Pods, pods_of
from components.parts.labels import POOL, VERIFY_ROLE
from components.parts.part import Manifest
from components.parts.roles import ROLE
from components.quota.usage import CLAIMS, STORAGE, pod_of, pod_requests, running
from documents.quantity import bytes_text, count_text, quantity
from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.rendering.rendering import Rendering

_TOKEN = "kubernetes:core/v1:ResourceQuota"
_WORDS = {
    "requests.cpu": ("core", "cores"),
    "requests.memory": ("memory", "memory"),
    STORAGE: ("storage", "storage"),
    CLAIMS: ("claim", "claims"),
}
_BYTES = ("requests.memory", STORAGE)

Limits = Mapping[str, Fraction]


def quota_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield what becomes of the quota, in words."""
    old, new = limits(base), limits(head)
    if new and not old:
        held = ", ".join(named(name, amount) for name, amount in new.items() if amount)
        yield _note(head, f"the namespace is held to {held}; any more is refused")
    elif old and not new:
        yield _note(head, "the quota of the namespace is removed: nothing limits it any more")
    else:
        for verb, sign in (("grows", 1), ("shrinks", -1)):
            changes = [name for name in {**old, **new} if sign * _delta(name, old, new) > 0]
            if changes:
                amounts = ", ".join(_by(name, old, new) for name in changes)
                yield _note(head, f"the quota {verb} by {amounts}")


def _note(head: Rendering, text: str) -> Note:
    return Note(Kind.QUOTA_CHANGES, (head.namespace,), text)


def _delta(name: str, old: Limits, new: Limits) -> Fraction:
    return new.get(name, Fraction(0)) - old.get(name, Fraction(0))


def _by(name: str, old: Limits, new: Limits) -> str:
    before, after = (text(name, one.get(name, Fraction(0))) for one in (old, new))
    return f"{named(name, abs(_delta(name, old, new)))} ({before} -> {after})"


def named(name: str, amount: Fraction) -> str:
    """Return an amount with its word, such as `2 cores`."""
    one, many = _WORDS.get(name, (name.removeprefix("requests."),) * 2)
    return f"{text(name, amount)} {one if amount == 1 else many}"


def text(name: str, amount: Fraction) -> str:
    """Return an amount as people write it."""
    return bytes_text(amount) if name in _BYTES else count_text(amount)


def limits(rendering: Rendering | None) -> dict[str, Fraction]:
    """Return what the quota of a stack allows; nothing where it has none."""
    for part in rendering.parts if rendering else ():
        if part.token == _TOKEN and part.object:
            hard: dict[str, str] = part.object["spec"]["hard"]
            return {name: quantity(amount) for name, amount in hard.items()}
    return {}


_ROOM = {"requests.cpu": "extraCpu", "requests.memory": "extraMemory"}
_NOTHING = Fraction(0)

Objects = Mapping[tuple[str, str], Manifest]


@dataclass(frozen=True, kw_only=True)
class _Height:
    """What pods take while an update goes on; `last` are the workloads that go at its end."""

    # Before any pod is replaced.
    first: Limits
    # After all pods are replaced, and before anything is deleted.
    settled: Limits
    last: tuple[str, ...]


def quota_refusals(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield why an update would stop half way: old pods fill the new quota, so no new one starts.

    Old pods stay until new ones serve, but for those that the rollout may do without. Those of a
    workload that is declared no more stay to the end.
    """
    allowed = limits(head)
    if base is None or not allowed or _home(base) != _home(head):
        return
    old, new = _objects(base), _objects(head)
    height = _height(old, new)
    for key, workload in new.items():
        if pods_of(key[0]) and _starts(old.get(key), workload):
            yield from _stuck(allowed, height, old.get(key), workload)


def _height(old: Objects, new: Objects) -> _Height:
    gone = [one for key, one in old.items() if key not in new]
    left, kept = running(gone), running(new.values())
    settled = {name: left.get(name, _NOTHING) + kept.get(name, _NOTHING) for name in (*left, *kept)}
    last = tuple(_words(one) for one in gone if pods_of(one["kind"]) is Pods.SERVE)
    return _Height(first=running(old.values()), settled=settled, last=last)


def _stuck(allowed: Limits, height: _Height, old: Manifest | None, new: Manifest) -> Iterator[Note]:
    for name in _pod(new):
        limit, held = allowed.get(name), height.first.get(name, _NOTHING)
        most = _most(name, height, old, new)
        if limit is not None and most > limit:
            last = f" (deleted last: {', '.join(height.last)})" if height.last else ""
            yield Note(
                Kind.QUOTA_BLOCKS,
                (new["metadata"]["name"],),
                f"the quota becomes {named(name, limit)} while old pods hold {text(name, held)}"
                f"{last}: new pods of {_words(new)} would be refused",
                f"add `{_ROOM.get(name, 'extraGpus')}` under localai:quota in this change "
                f"({text(name, _writable(name, most - limit))} or more), and drop it in the next",
            )


def _writable(name: str, amount: Fraction) -> Fraction:
    """Return an amount as a stack file can say it: cores are whole there."""
    return Fraction(ceil(amount)) if name == "requests.cpu" else amount


def _most(name: str, height: _Height, old: Manifest | None, new: Manifest) -> Fraction:
    """Return how much there is at most while a workload starts its pods.

    A Job runs before the pods of its pool change, or verifies after it. A pod that replaces another
    comes first or last.
    """
    held, amount = height.first.get(name, _NOTHING), _pod(new)[name]
    if new["metadata"]["labels"].get(ROLE) == VERIFY_ROLE:
        return height.settled.get(name, _NOTHING) + amount
    if pods_of(new["kind"]) is Pods.ONCE:
        return held + amount
    settled = height.settled[name]
    if old is None or _replicas(old) == 0:
        return settled
    return max(settled, held - _spared(old, new) * _pod(old).get(name, _NOTHING) + amount)


def _spared(old: Manifest, new: Manifest) -> int:
    """Return how many old pods go before a new one has to be there."""
    if KINDS[new["kind"]].keeps_names:
        return 1
    strategy: dict[str, Any] = new["spec"].get("strategy", {})
    if strategy.get("type") == "Recreate":
        return _replicas(old)
    # A canary has its own bounds; blue and green run side by side, so no old pod goes first.
    rolling: dict[str, int] = strategy.get("rollingUpdate", strategy.get("canary", {}))
    return min(rolling.get("maxUnavailable", 0), _replicas(old))


def _starts(old: Manifest | None, new: Manifest) -> bool:
    """Return whether a workload has a pod to start."""
    if pods_of(new["kind"]) is Pods.ONCE:
        # The pods of a CronJob come by the clock.
        return old is None and new["kind"] != "CronJob"
    if _replicas(new) == 0:
        return False
    changed = old is None or old["spec"]["template"] != new["spec"]["template"]
    return changed or _replicas(new) > _replicas(old or new)


def _replicas(workload: Manifest) -> int:
    # Under an autoscaler the number is not known; one pod at least is there.
    replicas: int = workload["spec"].get("replicas", 1)
    return replicas


def _pod(workload: Manifest) -> Limits:
    return pod_requests(pod_of(workload))


def _words(workload: Manifest) -> str:
    kind, metadata = workload["kind"], workload["metadata"]
    pool = metadata.get("labels", {}).get(POOL)
    return f"pool {pool}" if pool and kind == "Deployment" else f"{kind} {metadata['name']}"


def _home(rendering: Rendering) -> tuple[str, str]:
    return rendering.cluster, rendering.namespace


def _objects(rendering: Rendering) -> Objects:
    found = (part.object for part in rendering.parts if part.object)
    return {
        (one["kind"], one["metadata"]["name"]): one
        for one in found
        if one["metadata"].get("namespace") == rendering.namespace
    }
