"""What a stack takes at most: pods, whole GPUs, memory, and the list price of its GPUs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from documents.quantity import dollars, whole_bytes
from gitops.planning.pods import deployment_of, workers_of
from gitops.planning.printable import binary
from gitops.planning.rendering.rendering import PoolRecord, Rendering


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the pools of a stack take with the most pods they may have; memory in bytes.

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
    pools = rendering.pools if rendering else ()
    return total(_pool(rendering, pool) for pool in pools if rendering)


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
