"""What a change lets a pool grow into, and what sharing, splitting and waking up mean for it."""

from collections.abc import Iterator, Sequence

from gitops.planning.cost import pods, price
from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.printable import binary
from gitops.planning.rendering.rendering import PoolRecord, Rendering, ScalingRecord

_NO_ISOLATION = (
    "time-slicing does not isolate memory: a pod that takes more than its {part} makes the others "
    "on its GPU fail"
)


def growth_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield what reviewers of a change should know, for each pool whose growth or GPUs change."""
    olds = {pool.name: pool for pool in base.pools} if base else {}
    for pool in head.pools:
        old = olds.get(pool.name)
        if old is None or _growth(old) != _growth(pool):
            yield from _scaling(old, pool)
        if old is None or _hardware(old) != _hardware(pool):
            yield from _gpus(pool)


def _growth(pool: PoolRecord) -> tuple[object, ...]:
    return pool.scaling, pool.gpu, pool.gpus, pool.price, pool.replicas


def _hardware(pool: PoolRecord) -> tuple[object, ...]:
    return pool.gpu, pool.shared, pool.split, pool.fit.needed, pool.fit.available


def _scaling(old: PoolRecord | None, new: PoolRecord) -> Iterator[Note]:
    scaling = new.scaling
    if scaling is None:
        if old and old.scaling:
            yield Note(
                Kind.POOL_HANDOVER,
                (new.name,),
                f"pool {new.name} runs {pods(new)} pods, before {pods(old)} by its autoscaler: the "
                "update takes the number over at once, and deletes the autoscaler at its end; if "
                "that sets another number meanwhile, the next `pulumi up --refresh` corrects it",
            )
        return
    before = f", before {pods(old)}" if old and pods(old) != pods(new) else ""
    yield Note(
        Kind.POOL_SCALES,
        (new.name,),
        f"pool {new.name} runs {pods(new)} pods by {scaling.target}{before}{_limit(new, scaling)}; "
        f"a new pod has {scaling.warm_up} s to serve, of the {scaling.startup} s its start-up "
        "probe allows",
    )
    if old and not old.scaling and old.replicas > 1:
        yield Note(
            Kind.POOL_HANDOVER,
            (new.name,),
            f"pool {new.name} leaves its number of pods to an autoscaler: for some seconds it "
            f"falls from {old.replicas} to 1, until the autoscaler raises it to "
            f"{max(scaling.least, 1)} or more",
            "merge it when load is low",
        )
    if scaling.least == 0:
        yield Note(
            Kind.POOL_SCALES_TO_ZERO,
            (new.name,),
            f"pool {new.name} scales to zero: requests that wake it fail, or use a fallback, until "
            f"a pod serves, which may take {scaling.warm_up} s and the time a node needs",
        )


def _limit(pool: PoolRecord, scaling: ScalingRecord) -> str:
    if not pool.gpu:
        return ""
    cost = f", {price(pool)}/h list" if pool.price else ""
    return f"; it takes up to {scaling.gpus} of {scaling.declared} {pool.gpu}{cost}"


def _gpus(pool: PoolRecord) -> Iterator[Note]:
    part = binary(pool.fit.available)
    if pool.shared:
        isolated = pool.shared.kind != "time-slicing"
        means = f"each is held to {part}" if isolated else _NO_ISOLATION.format(part=part)
        text = f"pool {pool.name} shares each {pool.gpu} among {pool.shared.of} pods; {means}"
        yield Note(Kind.GPU_SHARED, (pool.name,), text)
    if pool.split:
        ratio = ":".join(map(str, pool.split))
        yield Note(
            Kind.GPU_SPLIT,
            (pool.name,),
            f"pool {pool.name} splits its models {ratio} over {pool.gpus} x {pool.gpu}; the "
            f"fullest holds {pool.fit.needed / 2**30:.1f} of {part}",
        )
