"""What a pool can grow into and how it takes its GPUs, as a rendering records it."""

from decimal import Decimal
from math import ceil

from components import durations
from components.loading import preloaded_bytes
from components.pool import Pool
from gitops.planning.rendering import ScalingRecord, ShareRecord
from settings.scaling import ScalingSettings

_CENT_OF_A_CENT = Decimal("0.0001")


def scaling_record(pool: Pool) -> ScalingRecord | None:
    """Return what the autoscaler of a pool may do, or None where its pods are fixed."""
    scaling = pool.settings.scaling
    if scaling is None:
        return None
    growth = pool.context.settings.scaling
    return ScalingRecord(
        least=scaling.min,
        most=scaling.max,
        target=target(scaling),
        warm_up=scaling.warm_up_seconds,
        startup=durations.startup(preloaded_bytes(pool)),
        gpus=_whole_gpus(pool),
        declared=growth.gpus.get(pool.profile.name) if growth and pool.profile else None,
        least_price=price(pool, scaling.min),
    )


def share_record(pool: Pool) -> ShareRecord | None:
    """Return how a pool's GPUs are shared, or None where they are not."""
    share = pool.settings.gpu_share
    return ShareRecord(kind=share.kind.value, of=share.of) if share else None


def price(pool: Pool, pods: int) -> str | None:
    """Return the list price per hour of the GPUs of so many pods; of shares, their part."""
    if not pool.profile or not pool.profile.price:
        return None
    whole = pool.profile.price.dollars_per_hour * pool.gpus * pods
    share = pool.settings.gpu_share
    return str((whole / share.of).quantize(_CENT_OF_A_CENT) if share else whole)


def target(scaling: ScalingSettings) -> str:
    """Return in words what an autoscaler keeps its pods at."""
    if scaling.metric:
        return f"metric {scaling.metric.name} ({scaling.metric.value} a pod)"
    if scaling.requests:
        return f"requests in service ({scaling.requests} a pod)"
    if scaling.per_minute:
        return f"requests a minute ({scaling.per_minute} a pod)"
    return f"CPU ({scaling.cpu} % of a pod)"


def _whole_gpus(pool: Pool) -> int:
    share = pool.settings.gpu_share
    return ceil(pool.settings.most * pool.gpus / (share.of if share else 1))
