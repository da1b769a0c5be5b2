"""How long a change may take until every pod of a pool is new."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from gitops.planning.note import Kind, Note
from gitops.planning.pods import deployment_of, workers_of
from gitops.planning.rendering.rendering import PoolRecord, Rendering

# What Kubernetes gives a pod that asks for nothing else.
_GRACE = 30


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Pods that are replaced, so many at once, new ones first where they have room.

    `ending` and `starting` are the seconds that an old pod and a new one may take, once its image
    is there.
    """

    pool: str
    workers: bool
    pods: int
    at_once: int
    new_first: bool
    ending: int
    starting: int

    @property
    def seconds(self) -> int:
        """Return how long it may take; an old pod that ends holds up none that has room."""
        turns = ceil(self.pods / self.at_once)
        if self.new_first:
            return turns * self.starting + self.ending
        return turns * (self.ending + self.starting)


def rollouts(base: Rendering | None, head: Rendering) -> tuple[Rollout, ...]:
    """Return the rollouts of a change, in the order of the pools."""
    if base is None or (base.cluster, base.namespace) != (head.cluster, head.namespace):
        return ()
    return tuple(_rollouts(base, head))


def _rollouts(base: Rendering, head: Rendering) -> Iterator[Rollout]:
    for pool in head.pools:
        for find, workers in ((deployment_of, False), (workers_of, True)):
            old, new = find(base, pool.name), find(head, pool.name)
            if old and new and _pod(old) != _pod(new):
                pods = min(_pods(old, pool), _pods(new, pool))
                if pods:
                    yield _rollout(old, new, pool, pods, workers=workers)


def _rollout(
    old: Mapping[str, Any], new: Mapping[str, Any], pool: PoolRecord, pods: int, *, workers: bool
) -> Rollout:
    surge, unavailable = _room(new["spec"].get("strategy", {}))
    at_once = pods if unavailable is None else surge or unavailable
    return Rollout(
        pool=pool.name,
        workers=workers,
        pods=pods,
        at_once=max(min(at_once, pods), 1),
        new_first=surge > 0,
        ending=_pod(old)["spec"].get("terminationGracePeriodSeconds", _GRACE),
        starting=pool.starting,
    )


def _room(strategy: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return how many new pods start first, and how many may be gone: all of them for None."""
    if strategy.get("type") == "Recreate":
        return 0, None
    rolling = strategy.get("rollingUpdate", {})
    return rolling.get("maxSurge", 0), rolling.get("maxUnavailable", 1)


def _pods(workload: Mapping[str, Any], pool: PoolRecord) -> int:
    # Under an autoscaler, as many as there may be.
    return workload["spec"].get("replicas", pool.replicas)


def _pod(workload: Mapping[str, Any]) -> Any:
    return workload["spec"]["template"]


def rollout_notes(found: Iterable[Rollout], down: Iterable[str]) -> Iterator[Note]:
    """Yield a sentence for each rollout; `down` are the pools that have downtime meanwhile."""
    away = frozenset(down)
    for one in found:
        gone = ", down meanwhile" if one.pool in away else ""
        text = (
            f"up to {minutes(one.seconds)}{gone}: {_turns(one)}; an old one ends within "
            f"{minutes(one.ending)}, a new one has {minutes(one.starting)} to start once its image "
            "is there"
        )
        yield Note(Kind.ROLLOUT, (one.pool,), text)


def _turns(one: Rollout) -> str:
    what = "worker" if one.workers else "pod"
    first = ", new ones first" if one.new_first else ""
    if one.pods == 1:
        return f"1 {what}{first}"
    turns = f"{one.at_once} at once" if one.at_once > 1 else "one by one"
    return f"{one.pods} {what}s, {turns}{first}"


def minutes(seconds: int) -> str:
    """Return a time in whole minutes, rounded up."""
    return f"{ceil(seconds / 60)} min"
