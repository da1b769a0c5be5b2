"""Exposure: a server is reached through a gateway that knows who asks."""

from collections.abc import Iterable, Iterator
from typing import Any

from gitops.validation.rules.rule import Breach, Manifest, ObjectRule, StackRule
from gitops.validation.rules.servers import local_ais
from gitops.validation.rules.stack_objects import StackObjects, namespace, title
from gitops.validation.rules.values import at, entries, fields, words


def _public(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") != "Service":
        return
    kind = at(manifest, "spec", "type")
    ranges = words(at(manifest, "spec", "loadBalancerSourceRanges"))
    if kind == "NodePort":
        yield "takes a port of every node"
    if kind == "LoadBalancer" and (not ranges or any(one.endswith("/0") for one in ranges)):
        yield "is a load balancer for every network"
    if words(at(manifest, "spec", "externalIPs")):
        yield "takes addresses from outside"


def _without_pods(stack: StackObjects) -> Iterator[Breach]:
    for service in stack.of_kind("Service"):
        labels = fields(at(service, "spec", "selector"))
        if labels and not stack.pods.selected(namespace(service), {"matchLabels": labels}):
            yield Breach(place=title(service), detail="selects no pod of the stack")


def _unrouted(stack: StackObjects) -> Iterator[Breach]:
    services = {
        (namespace(one), str(at(one, "metadata", "name"))): one for one in stack.of_kind("Service")
    }
    for entrance in stack.of_kind("Service", "Ingress", "HTTPRoute"):
        place = namespace(entrance)
        behind = [services.get((place, str(name))) for name in _backends(entrance)]
        if _is_outside(entrance):
            behind = [entrance]
        for owner in _owners(stack, place, behind):
            yield Breach(place=title(entrance), detail=f"passes requests to {owner} itself")


def _is_outside(entrance: Manifest) -> bool:
    """Return whether it is a Service that is reached from outside, be it from few networks."""
    kinds = ("NodePort", "LoadBalancer")
    return entrance.get("kind") == "Service" and bool(
        at(entrance, "spec", "type") in kinds or words(at(entrance, "spec", "externalIPs"))
    )


def _backends(entrance: Manifest) -> Iterator[Any]:
    """Yield the names of the Services behind an Ingress or a route."""
    yield at(entrance, "spec", "defaultBackend", "service", "name")
    for rule in entries(at(entrance, "spec", "rules")):
        for path in entries(at(rule, "http", "paths")):
            yield at(path, "backend", "service", "name")
        for backend in entries(at(rule, "backendRefs")):
            yield at(backend, "name")


def _owners(stack: StackObjects, place: str, services: Iterable[Manifest | None]) -> list[str]:
    """Return what runs the LocalAI servers that Services select, each once."""
    selectors = [fields(at(one, "spec", "selector")) for one in services if one]
    pods = (
        pod
        for labels in selectors
        if labels
        for pod in stack.pods.selected(place, {"matchLabels": labels})
    )
    return sorted({title(pod.owner) for pod in pods if any(local_ais(pod.owner))})


RULES = (
    ObjectRule(
        id="service-not-public",
        sentence="A Service is reached from inside the cluster, or from networks that it names.",
        reason="Open inference servers are found by strangers, and LocalAI has one key for all.",
        cure="use ClusterIP with a gateway, or name networks in `loadBalancerSourceRanges`",
        judge=_public,
    ),
    StackRule(
        id="exposed-behind-a-router",
        sentence="Requests from outside of the cluster reach a router, never a LocalAI server.",
        reason="A server loads any file of its volume by its path and evicts declared models for "
        "it, and whoever has its key can unload them; LocalAI has no switch against either.",
        cure="add `localai:router: {}` and delete `exposure.pool`",
        judge=_unrouted,
        key="exposure",
    ),
    StackRule(
        id="service-selects-pods",
        sentence="A Service selects pods of its stack.",
        reason="A label that differs by one letter is an address that nobody answers at.",
        cure="use the labels of the pod template",
        judge=_without_pods,
    ),
)
