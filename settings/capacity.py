"""Whether the GPUs a stack declares suffice for all the pods that may ever run at once."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from documents.validation import contradiction
from settings.gpu import GpuShare

if TYPE_CHECKING:
    from settings.pool import PoolSettings
    from settings.stack import StackSettings


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
