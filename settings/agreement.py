"""What the keys of a stack file say about each other: contradictions, each with its cure."""

from typing import TYPE_CHECKING

from documents.validation import contradiction
from settings.api_key import GENERATED
from settings.capacity import gpus_suffice, router_counts
from settings.delivery import Delivery
from settings.distributed import registries_are_apart
from settings.routing import exposure_has_one_target, router_suits_the_pools

if TYPE_CHECKING:
    from settings.stack import StackSettings


def delivery_can_carry_it(stack: "StackSettings") -> None:
    """Refuse what only the engine can do in a stack that Argo CD applies."""
    if stack.delivery is not Delivery.RENDERED:
        return
    if _makes_up_a_key(stack):
        raise contradiction(
            "delivers rendered manifests but names no apiKey, and no file may hold one",
            "add `localai:apiKey: {secret: …, key: …}`, or `external`",
        )
    if stack.claims.adopt:
        raise contradiction("sets claims.adopt, which only the operator can do", "delete `adopt`")


def quota_knows_what_it_limits(stack: "StackSettings") -> None:
    """Refuse a computed quota over things whose size nobody declared."""
    quota = stack.quota
    if quota is None:
        return
    guests = [
        name for name, chart in stack.charts.items() if chart.namespace in (None, stack.namespace)
    ]
    if guests and not (quota.extra_cpu and quota.extra_memory):
        raise contradiction(
            f"limits its namespace to what is declared, but chart {guests[0]} runs pods there too",
            "add quota.extraCpu and quota.extraMemory, or give the chart a `namespace`",
        )
    if stack.unsized_claims and not quota.extra_storage:
        raise contradiction(
            f"limits storage to what is declared, but does not know the size of claim "
            f"{stack.unsized_claims[0]}",
            "add quota.extraStorage",
        )


def addresses_are_distinct(stack: "StackSettings") -> None:
    """Refuse one Service name for two pools: clients would reach either, as chance has it."""
    owners = {f"localai-{name}": name for name in stack.pools}
    for name, pool in stack.pools.items():
        for address in pool.addresses:
            if address in owners:
                raise contradiction(
                    f"pool {name} answers at {address}, the Service of pool {owners[address]}",
                    "name each Service once",
                )
            owners[address] = name


def _makes_up_a_key(stack: "StackSettings") -> bool:
    key = stack.api_key
    sources = (key, key.also) if key else (GENERATED,)
    return any(source is not None and source.generated is not None for source in sources)


AGREEMENTS = (
    addresses_are_distinct,
    registries_are_apart,
    delivery_can_carry_it,
    quota_knows_what_it_limits,
    gpus_suffice,
    router_counts,
    router_suits_the_pools,
    exposure_has_one_target,
)
