"""Workloads: what they request and select, how they are probed, and how a node is drained."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from components.parts.kinds import Pods, kinds_of_pods
from documents.problem import Problem
from documents.quantity import amount
from gitops.validation.rules.pods import at, containers, fields, named, pod_template, servers
from gitops.validation.rules.rule import Manifest, ObjectRule, StackRule
from gitops.validation.rules.stack_objects import (
    StackObjects,
    label_names,
    matches,
    namespace,
    title,
)


def _unset(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        for kind in ("requests", "limits"):
            known = fields(at(container, "resources", kind))
            missing = [name for name in ("cpu", "memory") if amount(known.get(name)) is None]
            if missing:
                yield f"{named(container)} has no {' and no '.join(missing)} in its {kind}"


def _torn_memory(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        request, limit = _both(container, "memory")
        if None not in (request, limit) and amount(request) != amount(limit):
            yield f"{named(container)} requests {request} of memory but may take {limit}"


def _torn_devices(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        requests = fields(at(container, "resources", "requests"))
        for name in sorted({*requests, *fields(at(container, "resources", "limits"))}):
            request, limit = _both(container, name)
            # Resources of Kubernetes itself have no domain in front.
            if "/" in name and amount(request) != amount(limit):
                yield f"{named(container)} requests {request} of {name}, and its limit is {limit}"


def _both(container: Manifest, name: str) -> tuple[Any, Any]:
    return at(container, "resources", "requests", name), at(container, "resources", "limits", name)


RESOURCES = (
    ObjectRule(
        id="resources-set",
        sentence="Every container has requests and limits for CPU and memory.",
        reason="Without them the scheduler fills a node until it evicts the servers on it.",
        cure="add `resources.requests` and `resources.limits`",
        judge=_unset,
    ),
    ObjectRule(
        id="memory-request-is-limit",
        sentence="A container requests as much memory as it may take.",
        reason="Memory beyond the request is lent: the kernel kills a server that is loading.",
        cure="write the same amount in both",
        judge=_torn_memory,
    ),
    ObjectRule(
        id="gpu-request-is-limit",
        sentence="A container requests as many GPUs as its limit says.",
        reason="Devices are never lent; the API server refuses anything else, but only at apply.",
        cure="write the same count in both",
        judge=_torn_devices,
    ),
)


_ACTIONS = ("httpGet", "tcpSocket", "exec", "grpc")


def _without(probe: str) -> Callable[[Manifest], Iterator[str]]:
    def judge(manifest: Manifest) -> Iterator[str]:
        for container in servers(manifest):
            if not any(fields(container.get(probe)).get(action) for action in _ACTIONS):
                yield f"{named(container)} has no {probe}"

    return judge


PROBES = (
    ObjectRule(
        id="readiness-probe",
        sentence="A server says when it is ready; a Job does not have to.",
        reason="Without it, requests reach a server that is still loading its models.",
        cure="add a readinessProbe on `/readyz`",
        judge=_without("readinessProbe"),
    ),
    ObjectRule(
        id="liveness-probe",
        sentence="A server says that it is alive; a Job does not have to.",
        reason="Without it, a server that hangs keeps its GPU until a person notices.",
        cure="add a livenessProbe on `/healthz`",
        judge=_without("livenessProbe"),
    ),
)


_WORKLOADS = kinds_of_pods(Pods.SERVE)
_MOVING_KEYS = (
    "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart", "version",
    "pod-template-hash", "controller-revision-hash",
)  # fmt: skip
_MOVING_VALUE = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+|(^|-)(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}$")


def _strangers(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") not in _WORKLOADS:
        return
    labels = fields(at(pod_template(manifest), "metadata", "labels"))
    selector = at(manifest, "spec", "selector")
    if not fields(selector) or not matches(selector, labels):
        yield "does not select the pods of its own template"


def _moving(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") not in _WORKLOADS:
        return
    for key, value in label_names(at(manifest, "spec", "selector")):
        if key in _MOVING_KEYS or _MOVING_VALUE.search(value):
            yield f"selects by {key}, which changes with a release"


def _shared(stack: StackObjects) -> Iterator[Problem]:
    for one in stack.of_kind(*_WORKLOADS):
        selector = at(one, "spec", "selector")
        found = stack.pods.selected(namespace(one), selector) if fields(selector) else []
        others = [pod for pod in found if pod.owner is not one]
        if others:
            detail = f"selects the pods of {title(others[0].owner)} as well"
            yield Problem(object=title(one), cause=detail)


SELECTORS = (
    ObjectRule(
        id="selector-matches-template",
        sentence="A workload selects the pods of its own template.",
        reason="The API server refuses anything else, but only when it is applied.",
        cure="use labels of the template in the selector",
        judge=_strangers,
    ),
    ObjectRule(
        id="selector-stable",
        sentence="A selector has no label that changes with a release.",
        reason="It is immutable: the workload would be deleted and created again, with downtime.",
        cure="select by labels that stay, such as the pool's name",
        judge=_moving,
    ),
    StackRule(
        id="selector-own-pods",
        sentence="No two workloads select the same pods.",
        reason="Each would take the pods of the other for its own and delete what is too much.",
        cure="add a label that tells them apart",
        judge=_shared,
    ),
)


_KIND = "PodDisruptionBudget"


def _blocking(stack: StackObjects) -> Iterator[Problem]:
    for budget in stack.of_kind(_KIND):
        pods = stack.pods.selected(namespace(budget), at(budget, "spec", "selector"))
        replicas = sum(_replicas(pod.owner) for pod in pods)
        if pods and _blocks(at(budget, "spec"), replicas):
            yield Problem(object=title(budget), cause=f"admits no eviction among {replicas} pods")


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


DISRUPTION = (
    StackRule(
        id="budget-lets-drains-pass",
        sentence="A disruption budget always admits one eviction.",
        reason="One that admits none blocks the drain of a node until it is deleted.",
        cure="set `maxUnavailable: 1`",
        judge=_blocking,
    ),
    ObjectRule(
        id="budget-spares-no-broken-pod",
        sentence="A disruption budget never protects a pod that is not ready.",
        reason="By default, pods that crash block the drain of a node until they are deleted.",
        cure="set `unhealthyPodEvictionPolicy: AlwaysAllow`",
        judge=_protecting,
    ),
)
