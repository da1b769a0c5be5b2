"""What a pool runs on, how many pods, and what they cost, in the fewest words."""

from decimal import Decimal

from documents.quantity import dollars
from gitops.planning.rendering.rendering import PoolRecord


def runs_on(pool: PoolRecord) -> str:
    """Return what a pod of a pool takes, and how, unless it takes whole GPUs of a device plugin."""
    if not pool.gpu:
        return "CPU"
    if pool.shared:
        return f"1/{pool.shared.of} x {pool.gpu} ({pool.shared.kind})"
    ways = ["by claim"] if pool.device_class else []
    ways += [f"split {':'.join(map(str, pool.split))}"] if pool.split else []
    return f"{pool.gpus} x {pool.gpu}" + (f" ({', '.join(ways)})" if ways else "")


def pods(pool: PoolRecord) -> str:
    """Return how many pods a pool runs: a number, or the bounds of its autoscaler."""
    return (
        span(str(pool.scaling.least), str(pool.scaling.most))
        if pool.scaling
        else str(pool.replicas)
    )


def price(pool: PoolRecord) -> str:
    """Return the list price of a pool's GPUs per hour, for the fewest pods and for the most."""
    if not pool.price:
        return "-"
    most = dollars(Decimal(pool.price))
    least = pool.scaling.least_price if pool.scaling else None
    return span(dollars(Decimal(least)), most) if least else most


def span(least: str, most: str) -> str:
    """Return two figures as a range, or the one they both are."""
    return least if least == most else f"{least}-{most}"
