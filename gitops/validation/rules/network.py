"""The network: policies without holes, and servers behind a gateway that knows who asks."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from documents.problem import Problem
from fetch.destination import METADATA, NAT64, Address
from gitops.validation.rules.pods import at, entries, fields, words
from gitops.validation.rules.rule import Manifest, ObjectRule, StackRule
from gitops.validation.rules.servers import local_ais
from gitops.validation.rules.stack_objects import StackObjects, namespace, title

_KIND = "NetworkPolicy"
_DIRECTIONS = ("Ingress", "Egress")
# Where clouds answer with the node's credentials: of link-local, where a node's name server may be,
# too, one address; of the others, all that is a network of its own.
_METADATA = (
    ip_address("169.254.169.254"),
    *(one[0] for one in METADATA if one.num_addresses == 1 and one[0] not in NAT64),
)
_DNS = 53
_EXCEPTED = ", ".join(str(network) for network in METADATA if network.version == 4)


def _unguarded(stack: StackObjects) -> Iterator[Problem]:
    guarded: set[tuple[int, str]] = set()
    for policy in stack.of_kind(_KIND):
        pods = stack.pods.selected(namespace(policy), at(policy, "spec", "podSelector"))
        guarded |= {(id(pod), way) for pod in pods for way in _ways(policy)}
    for pod in stack.pods.pods:
        missing = [way for way in _DIRECTIONS if (id(pod), way) not in guarded]
        if missing:
            detail = f"no network policy selects its pods for {' or '.join(missing).lower()}"
            yield Problem(object=title(pod.owner), cause=detail)


def _ways(policy: Manifest) -> list[str]:
    # Left out, the types follow from what the policy says; ingress is always among them.
    given = words(at(policy, "spec", "policyTypes"))
    return given or ["Ingress", *(["Egress"] if at(policy, "spec", "egress") else [])]


def _open_ways(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") != _KIND:
        return
    for rule in entries(at(manifest, "spec", "ingress")):
        if not entries(at(rule, "from")):
            yield "lets everybody in"
        for peer in entries(at(rule, "from")):
            if _everywhere(peer):
                yield f"lets {at(peer, 'ipBlock', 'cidr') or 'every namespace'} in"
    for rule in entries(at(manifest, "spec", "egress")):
        if not entries(at(rule, "to")):
            named = [str(at(port, "port")) for port in entries(at(rule, "ports"))]
            where = f"port {', '.join(dict.fromkeys(named))}" if named else "every port"
            yield f"lets pods out to everywhere, on {where}"


def _everywhere(peer: Any) -> bool:
    block = at(peer, "ipBlock", "cidr")
    if block is not None:
        return str(block).endswith("/0")
    selector = at(peer, "namespaceSelector")
    return selector is not None and not fields(selector)


def _metadata(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") != _KIND:
        return
    for rule in entries(at(manifest, "spec", "egress")):
        # At this port, Google and Azure answer names at the same address, and nothing else.
        if {at(port, "port") for port in entries(at(rule, "ports"))} == {_DNS}:
            continue
        for peer in entries(at(rule, "to")):
            block, spared = at(peer, "ipBlock", "cidr"), at(peer, "ipBlock", "except")
            open_ones = [
                str(address)
                for address in _METADATA
                if _holds([block], address) and not _holds(words(spared), address)
            ]
            if open_ones:
                yield f"lets pods reach {', '.join(open_ones)} in {block}"


def _holds(blocks: Iterable[Any], address: Address) -> bool:
    return any(address in network for network in map(_network, blocks) if network)


def _network(block: Any) -> Any:
    try:
        return ip_network(str(block), strict=False)
    except ValueError:
        return None


NETWORK = (
    StackRule(
        id="network-policy-per-pod",
        sentence="A network policy selects every pod, for what comes in and for what goes out.",
        reason="A pod that no policy selects may talk to everybody, and everybody to it.",
        cure="select its labels in a NetworkPolicy of the same namespace",
        judge=_unguarded,
    ),
    ObjectRule(
        id="network-policy-not-open",
        sentence="A network policy names who may come in, and where pods may go.",
        reason="An empty list of peers means everybody; so does 0.0.0.0/0 for what comes in.",
        cure="name namespaces, pods or networks",
        judge=_open_ways,
    ),
    ObjectRule(
        id="metadata-address-closed",
        sentence="No network policy lets pods reach the metadata service of a cloud.",
        reason="It hands the credentials of the node to whoever asks.",
        cure=f"except these from the network: {_EXCEPTED}",
        judge=_metadata,
    ),
)


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


def _without_pods(stack: StackObjects) -> Iterator[Problem]:
    for service in stack.of_kind("Service"):
        labels = fields(at(service, "spec", "selector"))
        if labels and not stack.pods.selected(namespace(service), {"matchLabels": labels}):
            yield Problem(object=title(service), cause="selects no pod of the stack")


def _unrouted(stack: StackObjects) -> Iterator[Problem]:
    services = {
        (namespace(one), str(at(one, "metadata", "name"))): one for one in stack.of_kind("Service")
    }
    for entrance in stack.of_kind("Service", "Ingress", "HTTPRoute"):
        place = namespace(entrance)
        behind = [services.get((place, str(name))) for name in _backends(entrance)]
        if _is_outside(entrance):
            behind = [entrance]
        for owner in _owners(stack, place, behind):
            yield Problem(object=title(entrance), cause=f"passes requests to {owner} itself")


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


EXPOSURE = (
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
        reason="A label that differs by one letter is an address without an answer.",
        cure="use the labels of the pod template",
        judge=_without_pods,
    ),
)
