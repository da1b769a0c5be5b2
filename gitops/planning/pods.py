"""What a change does to the pods of one pool: restarts, downtime, and how long."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, cast

from gitops.planning.difference import differences
from gitops.planning.note import Kind, Note
from gitops.planning.rendering.rendering import PoolRecord, Rendering


@dataclass(frozen=True, kw_only=True)
class Undo:
    """How to undo the commit of a change, in words; unless it `deletes`, all of it runs on then."""

    text: str = "revert the commit"
    deletes: bool = True


@dataclass(frozen=True, kw_only=True)
class PodChange:
    """What happens to the pods; `downtime` says why no pod serves for a while, or is None.

    `claim` is the one they had before, and that of a new pool the one that stays when the pool is
    deleted again; it is empty where there is none. `causes` name what of the pool is another:
    `GPU`, or a field of the pod template.
    """

    restart: bool = False
    created: bool = False
    claim: str = ""
    # Going back meets a claim that the change left behind.
    leaves_claim: bool = False
    downtime: Note | None = None
    causes: tuple[str, ...] = ()
    # To another cluster or namespace.
    moves: bool = False
    undo: Undo = Undo()


def pod_change(base: Rendering | None, head: Rendering | None, pool: str) -> PodChange:
    """Return what happens to the pods of a pool."""
    old, new = deployment_of(base, pool), deployment_of(head, pool)
    if old is None or base is None:
        return PodChange(created=True, claim=_own_claim(head, pool) if head else "")
    claim = _pool(base, pool).claim
    ours = bool(claim) and claim == _own_claim(base, pool)
    if new is None or head is None:
        gone = Note(Kind.POOL_REMOVED, (pool,), "the pool is removed")
        return PodChange(restart=True, claim=claim, leaves_claim=ours, downtime=gone)
    moved = (base.cluster, base.namespace) != (head.cluster, head.namespace)
    causes = tuple(_causes(base, head, pool, old, new))
    downtime = _downtime(pool, old, new, restart=bool(causes), moved=moved)
    if downtime is None and _has_one_worker(base, head, pool):
        text = "the only worker stops before the new one starts and loads"
        downtime = Note(Kind.ONLY_WORKER, (pool,), text)
    if causes and downtime is None and _sparse(new, _pool(head, pool)):
        text = "while its autoscaler runs one pod, that stops before the new one (no surge)"
        downtime = Note(Kind.ONE_SCALED_POD, (pool,), text)
    return PodChange(
        restart=(bool(causes) or moved) and bool(_replicas(old) and _replicas(new)),
        claim=claim,
        leaves_claim=ours and (moved or claim != _pool(head, pool).claim),
        downtime=downtime,
        causes=causes,
        moves=moved,
    )


def _own_claim(rendering: Rendering, pool: str) -> str:
    """Return the claim that a pool declares and that stays without it, or nothing."""
    name = f"pool-{pool}-storage-claim"
    kept = (one.object for one in rendering.parts if one.name == name and one.retain)
    return next((thing["metadata"]["name"] for thing in kept if thing), "")


def deployment_of(rendering: Rendering | None, pool: str) -> Mapping[str, Any] | None:
    """Return the Deployment of a pool, or None where there is none."""
    parts = rendering.parts if rendering else ()
    name = f"pool-{pool}-deployment"
    return next((part.object for part in parts if part.name == name), None)


def served_deployment(rendering: Rendering | None, model: str) -> Mapping[str, Any] | None:
    """Return the Deployment or Rollout of a served model, or None where there is neither."""
    parts = rendering.parts if rendering else ()
    names = (f"served-{model}-deployment", f"served-{model}-rollout")
    return next((part.object for part in parts if part.name in names), None)


def workers_of(rendering: Rendering, pool: str) -> Mapping[str, Any] | None:
    """Return the workers of a distributed pool, or None where it has none."""
    name = f"pool-{pool}-workers-stateful-set"
    return next((part.object for part in rendering.parts if part.name == name), None)


def _has_one_worker(base: Rendering, head: Rendering, pool: str) -> bool:
    """Return whether the one worker of a pool is replaced, and no other computes meanwhile."""
    old, new = workers_of(base, pool), workers_of(head, pool)
    if not old or not new or _replicas(old) != 1:
        return False
    return old["spec"]["template"] != new["spec"]["template"]


def _replicas(deployment: Mapping[str, Any]) -> int:
    # Under an autoscaler the number is not known; one pod may be all there is.
    return cast("int", deployment["spec"].get("replicas", 1))


def _downtime(
    pool: str, old: Mapping[str, Any], new: Mapping[str, Any], *, restart: bool, moved: bool
) -> Note | None:
    if _replicas(new) == 0 < _replicas(old):
        return Note(Kind.POOL_PARKED, (pool,), "replicas is 0: the pool is parked")
    if not _replicas(old) or not (restart or moved):
        return None
    if moved:
        text = "it moves to another cluster or namespace and downloads its weights again"
        return Note(Kind.POOL_MOVES, (pool,), text)
    # Under an autoscaler the number is not known.
    if _surges(new) or new["spec"].get("replicas") != 1:
        return None
    text = "the only pod stops before the new one starts and loads (no surge)"
    return Note(Kind.ONLY_POD, (pool,), text)


def _sparse(deployment: Mapping[str, Any], pool: PoolRecord) -> bool:
    """Return whether an autoscaler may run one pod only, which goes before the next one comes."""
    return pool.scaling is not None and pool.scaling.least < 2 and not _surges(deployment)


def _surges(deployment: Mapping[str, Any]) -> bool:
    """Return whether new pods start first; `Recreate` is what older code declares."""
    rolling: dict[str, int] = deployment["spec"]["strategy"].get("rollingUpdate", {})
    return rolling.get("maxSurge", 0) > 0


def _causes(
    base: Rendering, head: Rendering, pool: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[str]:
    """Return what makes the pods restart; a field that has no name here is named by its path."""
    before, after = _pool(base, pool), _pool(head, pool)
    template = [
        change.path
        for one, other in ((old, new), (workers_of(base, pool), workers_of(head, pool)))
        if one and other
        for change in differences(one["spec"]["template"], other["spec"]["template"])
    ]
    if not template:
        return []
    known = [
        ("model list", before.models != after.models or before.aliases != after.aliases),
        ("server version", base.server != head.server),
        ("GPU", _gpu(before) != _gpu(after)),
        ("claim", before.claim != after.claim),
    ]
    words = [word for word, differs in known if differs]
    return words or sorted({_last(path) for path in template})[:4]


def _gpu(pool: PoolRecord) -> tuple[object, ...]:
    return pool.gpu, pool.gpus, pool.shared, pool.split, pool.device_class


def _pool(rendering: Rendering, name: str) -> PoolRecord:
    return next(pool for pool in rendering.pools if pool.name == name)


def _last(path: str) -> str:
    return path.removeprefix("spec.")


# What Kubernetes gives a pod that asks for nothing else.
_GRACE = 30


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Pods that are replaced, so many at once, new ones first where they have room.

    `ending` and `starting` are the seconds that an old pod and a new one may take, once its image
    is there; `judging` are those in which figures of the new ones are judged, step by step.
    """

    pool: str
    workers: bool
    pods: int
    at_once: int
    new_first: bool
    ending: int
    starting: int
    judging: int = 0

    @property
    def seconds(self) -> int:
        """Return how long it may take; an old pod that ends holds up none that has room."""
        turns = ceil(self.pods / self.at_once)
        if self.new_first:
            return turns * self.starting + self.ending + self.judging
        return turns * (self.ending + self.starting) + self.judging


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
        if one.judging:
            text += f"; its figures are judged for {minutes(one.judging)}, and where one is bad "
            text += "or missing, the version before serves on"
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
