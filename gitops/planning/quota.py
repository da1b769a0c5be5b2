"""What a change does to the quota of a namespace, and when a smaller one would refuse pods."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from components.needs import CLAIMS, STORAGE, pod_requests, running
from components.part import Manifest
from components.quantity import bytes_text, count_text, quantity
from gitops.planning.pods import deployment_of
from gitops.planning.rendering import Rendering

_TOKEN = "kubernetes:core/v1:ResourceQuota"
_WORDS = {
    "requests.cpu": ("core", "cores"),
    "requests.memory": ("memory", "memory"),
    STORAGE: ("storage", "storage"),
    CLAIMS: ("claim", "claims"),
}
_BYTES = ("requests.memory", STORAGE)
_ROOM = {"requests.cpu": "extraCpu", "requests.memory": "extraMemory"}

Limits = Mapping[str, Fraction]
Deployment = Mapping[str, Any]


def quota_notes(base: Rendering | None, head: Rendering) -> Iterator[str]:
    """Yield what becomes of the quota, in words."""
    old, new = _limits(base), _limits(head)
    if new and not old:
        held = ", ".join(_named(name, amount) for name, amount in new.items() if amount)
        yield f"the namespace is held to {held}; any more is refused"
    elif old and not new:
        yield "the quota of the namespace goes: nothing limits it any more"
    else:
        for verb, sign in (("grows", 1), ("shrinks", -1)):
            changes = [name for name in {**old, **new} if sign * _delta(name, old, new) > 0]
            if changes:
                yield f"the quota {verb} by " + ", ".join(_by(name, old, new) for name in changes)


def _delta(name: str, old: Limits, new: Limits) -> Fraction:
    return new.get(name, Fraction(0)) - old.get(name, Fraction(0))


def _by(name: str, old: Limits, new: Limits) -> str:
    before, after = (_text(name, one.get(name, Fraction(0))) for one in (old, new))
    return f"{_named(name, abs(_delta(name, old, new)))} ({before} -> {after})"


def _named(name: str, amount: Fraction) -> str:
    one, many = _WORDS.get(name, (name.removeprefix("requests."),) * 2)
    return f"{_text(name, amount)} {one if amount == 1 else many}"


def _text(name: str, amount: Fraction) -> str:
    return bytes_text(amount) if name in _BYTES else count_text(amount)


def _limits(rendering: Rendering | None) -> dict[str, Fraction]:
    for part in rendering.parts if rendering else ():
        if part.token == _TOKEN and part.object:
            hard: dict[str, str] = part.object["spec"]["hard"]
            return {name: quantity(amount) for name, amount in hard.items()}
    return {}


def quota_refusals(base: Rendering | None, head: Rendering) -> Iterator[str]:
    """Yield why a rollout would stop half way: old pods fill the new quota, so no new one starts.

    Old pods stay until new ones serve, but for those that the rollout may do without.
    """
    limits = _limits(head)
    if base is None or not limits or _home(base) != _home(head):
        return
    held = running(_objects(base))
    for pool in head.pools:
        old, new = deployment_of(base, pool.name), deployment_of(head, pool.name)
        if old and new and _rolls(old, new):
            yield from _stuck(pool.name, limits, held, (old, new))


def _stuck(
    pool: str, limits: Limits, held: Limits, change: tuple[Deployment, Deployment]
) -> Iterator[str]:
    old, new = (pod_requests(one["spec"]["template"]["spec"]) for one in change)
    spared: int = change[1]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"]
    for name, amount in new.items():
        kept = held.get(name, Fraction(0)) - spared * old.get(name, Fraction(0))
        limit = limits.get(name)
        if limit is not None and kept + amount > limit:
            room = _ROOM.get(name, "extraGpus")
            yield (
                f"the quota shrinks to {_named(name, limit)} while old pods hold "
                f"{_text(name, held[name])}: new pods of pool {pool} would be refused; add "
                f"`{room}` under localai:quota in this change, and drop it in the next"
            )


def _home(rendering: Rendering) -> tuple[str, str]:
    return rendering.cluster, rendering.namespace


def _objects(rendering: Rendering) -> Iterator[Manifest]:
    for part in rendering.parts:
        if part.object and part.object["metadata"].get("namespace") == rendering.namespace:
            yield part.object


def _rolls(old: Deployment, new: Deployment) -> bool:
    changed = old["spec"]["template"] != new["spec"]["template"]
    return changed and new["spec"]["strategy"]["type"] != "Recreate"
