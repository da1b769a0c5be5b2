"""Exposure: a server is reached through a gateway that knows who asks."""

from collections.abc import Iterator

from gitops.validation.rules.rule import Breach, Manifest, ObjectRule, StackRule
from gitops.validation.rules.stack_objects import StackObjects, namespace, title
from gitops.validation.rules.values import at, fields, words


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


RULES = (
    ObjectRule(
        id="service-not-public",
        sentence="A Service is reached from inside the cluster, or from networks that it names.",
        reason="Open inference servers are found by strangers, and LocalAI has one key for all.",
        cure="use ClusterIP with a gateway, or name networks in `loadBalancerSourceRanges`",
        judge=_public,
    ),
    StackRule(
        id="service-selects-pods",
        sentence="A Service selects pods of its stack.",
        reason="A label that differs by one letter is an address that nobody answers at.",
        cure="use the labels of the pod template",
        judge=_without_pods,
    ),
)
