"""What a stack takes at most, and what each pool runs on: pods, GPUs, memory, list price."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from documents.quantity import dollars, whole_bytes
from gitops.planning.pods import deployment_of, served_deployment, workers_of
from gitops.planning.printable import binary
from gitops.planning.rendering.rendering import PoolRecord, Rendering
from gitops.planning.rendering.served_record import ServedRecord


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What pools and served models take with the most pods they may have; memory in bytes.

    `dollars` are US dollars an hour, list price, of the GPUs whose profile has a price.
    """

    pods: int = 0
    gpus: int = 0
    memory: int = 0
    dollars: Decimal = Decimal(0)

    def __add__(self, other: "Cost") -> "Cost":
        """Return what both take."""
        return Cost(
            pods=self.pods + other.pods,
            gpus=self.gpus + other.gpus,
            memory=self.memory + other.memory,
            dollars=self.dollars + other.dollars,
        )


NOTHING = Cost()


def cost(rendering: Rendering | None) -> Cost:
    """Return what a stack takes; nothing where there is none."""
    if rendering is None:
        return NOTHING
    pools = (_pool(rendering, pool) for pool in rendering.pools)
    return total((*pools, *(_served(rendering, model) for model in rendering.served)))


def total(costs: Iterable[Cost]) -> Cost:
    """Return what all of them take."""
    return sum(costs, NOTHING)


def _pool(rendering: Rendering, pool: PoolRecord) -> Cost:
    workers = workers_of(rendering, pool.name)
    loads = [load for load in (deployment_of(rendering, pool.name), workers) if load]
    counts = [load["spec"].get("replicas", pool.replicas) for load in loads]
    computing = counts[-1] if counts else 0
    return Cost(
        pods=sum(counts),
        gpus=ceil(computing * pool.gpus / (pool.shared.of if pool.shared else 1)),
        memory=sum(count * _memory(load) for count, load in zip(counts, loads, strict=True)),
        dollars=Decimal(pool.price or 0),
    )


def _served(rendering: Rendering, model: ServedRecord) -> Cost:
    load = served_deployment(rendering, model.name)
    return Cost(pods=model.most, memory=model.most * _memory(load)) if load else NOTHING


def _memory(workload: Any) -> int:
    containers = workload["spec"]["template"]["spec"]["containers"]
    requests = (one.get("resources", {}).get("requests", {}) for one in containers)
    return sum(whole_bytes(found["memory"]) for found in requests if "memory" in found)


def cost_change(before: Cost, after: Cost) -> str:
    """Return what changes of a cost on one line, such as `pods 2 -> 4, $3.72 -> $7.44/h list`."""
    return ", ".join(_changes(before, after))


def _changes(before: Cost, after: Cost) -> Iterator[str]:
    if before.pods != after.pods:
        yield f"pods {before.pods} -> {after.pods}"
    if before.gpus != after.gpus:
        yield f"GPUs {before.gpus} -> {after.gpus}"
    if before.memory != after.memory:
        yield f"memory {binary(before.memory)} -> {binary(after.memory)}"
    if before.dollars != after.dollars:
        yield f"{dollars(before.dollars)} -> {dollars(after.dollars)}/h list"


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
