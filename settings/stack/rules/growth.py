"""What pools may not grow into: GPUs that are not there, and numbers that no one counts."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from documents.problem import Problem
from documents.rule import Rule
from settings.pool.gpu import GpuShare
from settings.rollout import RolloutSettings
from settings.stack.stack import StackSettings


def _growth_without_bound(stack: StackSettings) -> Iterator[Problem]:
    declared = stack.scaling.gpus if stack.scaling else {}
    for name, pool in stack.pools.items():
        if pool.scaling and pool.gpu and pool.gpu not in declared:
            yield Problem(
                path=("pools", name, "scaling"),
                cause=f"lets pool {name} scale on {pool.gpu}, but nothing says how many there are",
                cure=f"add `localai:scaling: {{gpus: {{{pool.gpu}: …}}}}`",
            )


def _more_gpus_than_declared(stack: StackSettings) -> Iterator[Problem]:
    for profile, count in (stack.scaling.gpus if stack.scaling else {}).items():
        total = sum(_whole(stack, profile).values())
        if total > count:
            needs = ", ".join(_needs(stack, profile))
            yield Problem(
                path=("scaling", "gpus", profile),
                cause=f"has {count} {profile}, but its pools may need {total}: {needs}",
            )


def _needs(stack: StackSettings, profile: str) -> Iterator[str]:
    """Yield the arithmetic of each pool on a profile: `4 pods x 2 of chat`."""
    for name, pool in stack.pools.items():
        if pool.gpu == profile:
            surge = f" + {pool.surge}" if pool.surge and not pool.distributed else ""
            share = f" / {pool.gpu_share.of}" if pool.gpu_share else ""
            yield f"{pool.computing}{surge} pods x {pool.gpus_each}{share} of {name}"


def _whole(stack: StackSettings, profile: str) -> dict[GpuShare | None, int]:
    """Return the whole GPUs needed by how they are shared: nodes are set up for one way each."""
    parts: dict[GpuShare | None, Fraction] = {}
    for pool in stack.pools.values():
        if pool.gpu == profile:
            share = pool.gpu_share
            part = Fraction(pool.holding * pool.gpus_each, share.of if share else 1)
            parts[share] = parts.get(share, Fraction()) + part
    return {share: ceil(part) for share, part in parts.items()}


def _routed(stack: StackSettings) -> Iterator[tuple[str, bool]]:
    """Yield the pools that scale by what a router counts, and whether to zero."""
    for name, pool in stack.pools.items():
        if pool.scaling and pool.scaling.by_router:
            yield name, pool.scaling.min == 0


def _counted_by_no_router(stack: StackSettings) -> Iterator[Problem]:
    for name, sleeps in _routed(stack):
        if stack.router is None:
            zero = "to zero " if sleeps else ""
            yield Problem(
                path=("pools", name, "scaling"),
                cause=f"lets pool {name} scale {zero}by what a router counts, but has no router",
            )


def _counted_without_prometheus(stack: StackSettings) -> Iterator[Problem]:
    for name, _ in _routed(stack):
        if stack.router and (stack.scaling is None or stack.scaling.prometheus is None):
            yield Problem(
                path=("pools", name, "scaling"),
                cause=f"lets pool {name} scale by the router's metrics, but names no Prometheus",
            )


def _woken_by_health_checks(stack: StackSettings) -> Iterator[Problem]:
    for name, sleeps in _routed(stack):
        if sleeps and stack.router and stack.router.health_checks:
            yield Problem(
                cause=f"lets pool {name} sleep, but the router's health check asks its models all "
                "day"
            )


# Half a step holds three scrapes then, and a rate needs two.
_SCRAPES = 6


def _judged(stack: StackSettings) -> Iterator[tuple[str, RolloutSettings]]:
    """Yield the served models whose rollouts are judged by figures."""
    for name, model in stack.served_models.items():
        if model.rollout:
            yield name, model.rollout


def _rolled_out_unscraped(stack: StackSettings) -> Iterator[Problem]:
    for name, _ in _judged(stack):
        if stack.monitoring is None:
            yield Problem(
                path=("servedModels", name, "rollout"),
                cause=f"judges {name} by metrics of its pods, which nothing scrapes",
            )


def _rolled_out_too_fast(stack: StackSettings) -> Iterator[Problem]:
    least = _SCRAPES * stack.monitoring.interval_seconds if stack.monitoring else 0
    for name, rollout in _judged(stack):
        shortest = min(rollout.judged)
        if shortest < least:
            yield Problem(
                path=("servedModels", name, "rollout"),
                cause=f"judges {name} after {shortest} s, in which too few scrapes are: one is "
                f"every {least // _SCRAPES} s",
                cure=f"use {least} s or more, or a smaller monitoring.intervalSeconds",
            )


GROWTH_RULES: tuple[Rule[StackSettings], ...] = (
    Rule(
        id="growth-has-a-bound",
        key="pools.*.scaling",
        sentence="A pool that scales on GPUs has a declared number of them.",
        cure="add the profile to `localai:scaling.gpus`",
        judge=_growth_without_bound,
    ),
    Rule(
        id="gpus-suffice",
        key="scaling.gpus.*",
        sentence="Pools together need at most as many GPUs of a profile as are declared.",
        cure="lower scaling.max, replicas or surge, or raise scaling.gpus to what there is",
        judge=_more_gpus_than_declared,
    ),
    Rule(
        id="router-counts-requests",
        key="pools.*.scaling",
        sentence="A pool scales by what a router counts only where there is a router.",
        cure="add `localai:router`, or scale by `cpu` or `metric` from 1 on",
        judge=_counted_by_no_router,
    ),
    Rule(
        id="prometheus-holds-the-counts",
        key="pools.*.scaling",
        sentence="KEDA reads what a router counts from a Prometheus that the stack names.",
        cure="add `localai:scaling: {prometheus: http://…}`",
        judge=_counted_without_prometheus,
    ),
    Rule(
        id="health-checks-wake-no-pool",
        key="router.healthChecks",
        sentence="A router with health checks has no pool that scales to zero.",
        cure="delete router.healthChecks, or use min 1",
        judge=_woken_by_health_checks,
    ),
    Rule(
        id="rollout-is-measured",
        key="servedModels.*.rollout",
        sentence="A rollout is judged by metrics only where a Prometheus scrapes the pods.",
        cure="add `localai:monitoring`",
        judge=_rolled_out_unscraped,
    ),
    Rule(
        id="rollout-step-holds-scrapes",
        key="servedModels.*.rollout",
        sentence="Half a step of a rollout holds at least three scrapes.",
        cure="use longer steps",
        judge=_rolled_out_too_fast,
    ),
)
