"""What the keys of a stack file say about each other: contradictions, each with its cure."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from documents.validation import contradiction
from settings.exposure import ExposureKind
from settings.keys import GENERATED
from settings.pool.distributed import registries_are_apart
from settings.pool.gpu import GpuShare
from settings.router import RouterSettings
from settings.stack.delivery import Delivery

if TYPE_CHECKING:
    from settings.pool.pool import PoolSettings
    from settings.stack.stack import StackSettings


def gpus_suffice(stack: "StackSettings") -> None:
    """Refuse pools that together may need more GPUs of a kind than there are."""
    declared = stack.scaling.gpus if stack.scaling else {}
    for name, pool in stack.pools.items():
        if pool.scaling and pool.gpu and pool.gpu not in declared:
            raise contradiction(
                f"lets pool {name} scale on {pool.gpu}, but nothing says how many there are",
                f"add `localai:scaling: {{gpus: {{{pool.gpu}: …}}}}`",
            )
    for profile, count in declared.items():
        needs = list(_needs(stack, profile))
        total = sum(_whole(stack, profile).values())
        if total > count:
            raise contradiction(
                f"has {count} {profile}, but its pools may need {total}: {', '.join(needs)}",
                "lower scaling.max, replicas or surge, or raise scaling.gpus to what there is",
            )


def router_counts(stack: "StackSettings") -> None:
    """Refuse to scale by what a router counts where there is none, or where KEDA cannot read it."""
    for name, pool in stack.pools.items():
        if not pool.scaling or not pool.scaling.by_router:
            continue
        if stack.router is None:
            zero = "to zero " if pool.scaling.min == 0 else ""
            raise contradiction(
                f"lets pool {name} scale {zero}by what a router counts, but has no router",
                "add `localai:router`, or scale by `cpu` or `metric` from 1 on",
            )
        if stack.scaling is None or stack.scaling.prometheus is None:
            raise contradiction(
                f"lets pool {name} scale by the router's metrics, but names no Prometheus",
                "add `localai:scaling: {prometheus: http://…}`",
            )
        if pool.scaling.min == 0 and stack.router.health_checks:
            raise contradiction(
                f"lets pool {name} sleep, but the router's health check asks its models all day",
                "delete router.healthChecks, or use min 1",
            )


def gpus_of(pool: "PoolSettings") -> int:
    """Return how many GPUs, slices or shares one pod takes; none without a profile."""
    if pool.gpu is None:
        return 0
    return pool.gpu_claim.count if pool.gpu_claim else pool.gpus or 1


def _needs(stack: "StackSettings", profile: str) -> Iterator[str]:
    """Yield the arithmetic of each pool on a profile: `4 pods x 2 of chat`."""
    for name, pool in stack.pools.items():
        if pool.gpu == profile:
            surge = f" + {pool.surge}" if pool.surge and not pool.distributed else ""
            share = f" / {pool.gpu_share.of}" if pool.gpu_share else ""
            yield f"{pool.computing}{surge} pods x {gpus_of(pool)}{share} of {name}"


def _whole(stack: "StackSettings", profile: str) -> dict[GpuShare | None, int]:
    """Return the whole GPUs needed by how they are shared: nodes are set up for one way each."""
    parts: dict[GpuShare | None, Fraction] = {}
    for pool in stack.pools.values():
        if pool.gpu == profile:
            share = pool.gpu_share
            part = Fraction(pool.holding * gpus_of(pool), share.of if share else 1)
            parts[share] = parts.get(share, Fraction()) + part
    return {share: ceil(part) for share, part in parts.items()}


if TYPE_CHECKING:
    from settings.stack.stack import StackSettings

# Its objects would have the names of the router's.
TAKEN = "router"
BALANCED = "exposure"


def router_suits_the_pools(stack: "StackSettings") -> None:
    """Refuse a router that could not tell two pools apart, or names what no pool serves."""
    router = stack.router
    if router is None:
        return
    if TAKEN in stack.pools:
        raise contradiction(
            f"has a router and a pool named {TAKEN}, whose objects would share their names",
            "rename the pool",
        )
    if any(f"localai-{TAKEN}" in pool.addresses for pool in stack.pools.values()):
        raise contradiction(
            f"has a router and gives a pool its address, localai-{TAKEN}", "rename the address"
        )
    served = _served_names(stack, router)
    for place, name in _named(router):
        if name not in served:
            raise contradiction(
                f"names {name} in router.{place}, which no pool serves",
                f"use one of {', '.join(sorted(served))}",
            )
    if stack.delivery is Delivery.RENDERED and router.master_key is None:
        raise contradiction(
            "delivers rendered manifests but names no router.masterKey, and no file may hold one",
            "add `masterKey: {secret: …, key: …}` to localai:router",
        )


def _served_names(stack: "StackSettings", router: RouterSettings) -> set[str]:
    """Return every name that clients may send; two pools may share one if the router knows."""
    pools: dict[str, tuple[str, str]] = {}
    for pool, settings in stack.pools.items():
        for name, model in {**{one: one for one in settings.models}, **settings.aliases}.items():
            other, theirs = pools.setdefault(name, (pool, model))
            if other == pool:
                continue
            if not router.load_balance:
                raise contradiction(
                    f"serves {name} in pool {other} and in pool {pool}, and the router has one "
                    "address for both",
                    "rename it in one of them with `aliases`, or set router.loadBalance",
                )
            if theirs != model:
                raise contradiction(
                    f"means {theirs} by {name} in pool {other}, and {model} in pool {pool}",
                    "let the alias mean one model, or rename it in one of them",
                )
    return set(pools)


def _named(router: RouterSettings) -> Iterator[tuple[str, str]]:
    """Yield each place in a router's settings that names a model, and the name."""
    yield from (("models", name) for name in router.models)
    for name, others in router.fallbacks.items():
        yield from (("fallbacks", each) for each in (name, *others))
    for client, key in router.keys.items():
        yield from ((f"keys.{client}", name) for name in key.models)


def _takes(stack: "StackSettings", name: str) -> bool:
    return name in stack.pools or any(
        f"localai-{name}" in pool.addresses for pool in stack.pools.values()
    )


def exposure_has_one_target(stack: "StackSettings") -> None:
    """Refuse an exposure that leaves open, or says twice, what is reached."""
    exposure = stack.exposure
    if exposure is None or exposure.kind is ExposureKind.CLUSTER:
        return
    if exposure.kind is ExposureKind.LOAD_BALANCER and _takes(stack, BALANCED):
        raise contradiction(
            f"has a load balancer and a pool or address named {BALANCED}, one Service for both",
            "rename the pool or the address",
        )
    if stack.router and exposure.pool:
        raise contradiction(
            f"exposes pool {exposure.pool} beside its router", "delete exposure.pool"
        )
    if not stack.router and exposure.pool is None:
        raise contradiction(
            "exposes itself but has several addresses: one of each pool",
            "add `localai:router: {}`",
        )
    if exposure.pool and exposure.pool not in stack.pools:
        raise contradiction(
            f"exposes pool {exposure.pool}, which it does not have",
            f"use one of {', '.join(stack.pools)}",
        )


if TYPE_CHECKING:
    from settings.stack.stack import StackSettings


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
