"""Disruption budgets: a node can always be drained."""

from collections.abc import Iterator
from typing import Any

from gitops.validation.rules.rule import Breach, Manifest, ObjectRule, StackRule
from gitops.validation.rules.stack_objects import StackObjects, namespace, title
from gitops.validation.rules.values import at

_KIND = "PodDisruptionBudget"


def _blocking(stack: StackObjects) -> Iterator[Breach]:
    for budget in stack.of_kind(_KIND):
        pods = stack.pods.selected(namespace(budget), at(budget, "spec", "selector"))
        replicas = sum(_replicas(pod.owner) for pod in pods)
        if pods and _blocks(at(budget, "spec"), replicas):
            yield Breach(place=title(budget), detail=f"admits no eviction among {replicas} pods")


def _blocks(spec: Any, replicas: int) -> bool:
    most, least = at(spec, "maxUnavailable"), at(spec, "minAvailable")
    if most is not None:
        return _of(most, replicas) == 0
    # A pool that is parked has no pod to drain.
    return least is not None and replicas > 0 and _of(least, replicas) >= replicas


def _of(amount: Any, replicas: int) -> int:
    """Return a count or a percentage of replicas as a count, rounded up as Kubernetes does."""
    text = str(amount)
    if not text.endswith("%"):
        return int(text) if text.isdecimal() else 0
    percent = text.removesuffix("%")
    # Of a parked pool, any share is a share of what comes back.
    return -(-int(percent) * max(replicas, 1) // 100) if percent.isdecimal() else 0


def _replicas(owner: Manifest) -> int:
    count = at(owner, "spec", "replicas")
    return count if isinstance(count, int) else 1


def _protecting(manifest: Manifest) -> Iterator[str]:
    policy: Any = at(manifest, "spec", "unhealthyPodEvictionPolicy")
    if manifest.get("kind") == _KIND and policy != "AlwaysAllow":
        yield "may keep a pod that is not ready from being evicted"


RULES = (
    StackRule(
        id="budget-lets-drains-pass",
        sentence="A disruption budget always admits one eviction.",
        reason="One that admits none blocks the drain of a node until somebody deletes it.",
        cure="set `maxUnavailable: 1`",
        judge=_blocking,
    ),
    ObjectRule(
        id="budget-spares-no-broken-pod",
        sentence="A disruption budget never protects a pod that is not ready.",
        reason="By default, pods that crash block the drain of a node until somebody deletes them.",
        cure="set `unhealthyPodEvictionPolicy: AlwaysAllow`",
        judge=_protecting,
    ),
)
