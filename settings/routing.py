"""What the router and the exposure of a stack say about its pools: contradictions, with cures."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from documents.validation import contradiction
from settings.delivery import Delivery
from settings.exposure import ExposureKind
from settings.router import RouterSettings

if TYPE_CHECKING:
    from settings.stack import StackSettings

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
