"""Who may talk to whom in a stack: clients to servers, Jobs to sources, and nothing else."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, ip_network
from urllib.parse import urlsplit

from lightkube.models.meta_v1 import LabelSelector, LabelSelectorRequirement
from lightkube.models.networking_v1 import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)

from components.engine.component import Component
from components.engine.declaration import Declaration, declare
from components.network.routing import ROUTER_PODS
from components.parts.builders import dns_egress, namespace_labels, networks_peers, tcp
from components.parts.context import Context
from components.parts.labels import POOL, VERIFY_ROLE, common, metadata
from components.parts.part import Part, object_part
from components.parts.roles import ROLE
from fetch.destination import (
    GLOBAL_V6,
    METADATA,
    NAT64,
    SPECIAL_V4,
    SPECIAL_V6,
    Network,
    is_within,
    translated,
)
from settings.access.network import Place

SERVER_ROLE = "server"
DOWNLOAD_ROLES = ("weights", "engines")


def clients(context: Context) -> list[NetworkPolicyPeer]:
    """Return who may ask for answers: the stack's own pods, and those of declared namespaces."""
    return [
        NetworkPolicyPeer(podSelector=LabelSelector()),
        *(namespace_peer(name) for name in context.settings.network.clients),
    ]


def namespace_peer(name: str) -> NetworkPolicyPeer:
    """Return every pod of a namespace."""
    return NetworkPolicyPeer(namespaceSelector=namespace_labels(name))


def _callers(context: Context) -> list[NetworkPolicyPeer]:
    # The key of the servers opens all of LocalAI: where there is a router, only that has it, and
    # the Jobs that verify.
    router = context.settings.router
    if router is None or router.direct:
        return clients(context)
    return [router_peer(context), *verify_peers(context)]


def verify_peers(context: Context) -> list[NetworkPolicyPeer]:
    """Return the pods of the Jobs that verify, where a stack has them."""
    labels = {**common(context), ROLE: VERIFY_ROLE}
    pods = NetworkPolicyPeer(podSelector=LabelSelector(matchLabels=labels))
    return [pods] if context.settings.verify else []


def router_peer(context: Context) -> NetworkPolicyPeer:
    """Return the pods of the router."""
    pods = LabelSelector(matchLabels={**common(context), **ROUTER_PODS})
    return NetworkPolicyPeer(podSelector=pods)


def _other_pools(context: Context) -> list[LabelSelectorRequirement] | None:
    pools = context.settings.pools.items()
    names = sorted(name for name, pool in pools if pool.distributed)
    if not names:
        return None
    return [LabelSelectorRequirement(key=POOL, operator="NotIn", values=names)]


def servers(context: Context) -> NetworkPolicy:
    """Return the policy of the servers: called by clients or their router, and calling nothing.

    Front ends of distributed pools have one of their own, since what lets in adds up.
    """
    peers = _callers(context)
    return NetworkPolicy(
        metadata=metadata(context, "localai-servers", {}),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(
                matchLabels={**common(context), ROLE: SERVER_ROLE},
                matchExpressions=_other_pools(context),
            ),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=peers, ports=[tcp(context.server.port)])],
            egress=[],
        ),
    )


def downloads(context: Context) -> NetworkPolicy:
    """Return the policy of the Jobs: not called at all, calling name servers and sources."""
    roles = LabelSelectorRequirement(key=ROLE, operator="In", values=list(DOWNLOAD_ROLES))
    return NetworkPolicy(
        metadata=metadata(context, "localai-downloads", {}),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels=common(context), matchExpressions=[roles]),
            policyTypes=["Ingress", "Egress"],
            ingress=[],
            egress=[dns_egress(context), *_fetching(context)],
        ),
    )


def verifying(context: Context) -> NetworkPolicy:
    """Return the policy of the Jobs that verify: not called at all, calling servers alone."""
    servers = LabelSelector(matchLabels={**common(context), ROLE: SERVER_ROLE})
    ask = NetworkPolicyEgressRule(
        to=[NetworkPolicyPeer(podSelector=servers)], ports=[tcp(context.server.port)]
    )
    return NetworkPolicy(
        metadata=metadata(context, "localai-verify", {}),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(context), ROLE: VERIFY_ROLE}),
            policyTypes=["Ingress", "Egress"],
            ingress=[],
            egress=[dns_egress(context), ask],
        ),
    )


def _fetching(context: Context) -> Iterator[NetworkPolicyEgressRule]:
    """Yield where Jobs fetch from: the proxy, declared sources, or else all public addresses."""
    proxy, sources = context.settings.proxy, context.settings.network.sources
    if proxy:
        yield NetworkPolicyEgressRule(to=networks_peers(proxy.networks), ports=[tcp(proxy.port)])
    if sources or not proxy:
        web = [tcp(port) for port in source_ports(context)]
        yield NetworkPolicyEgressRule(
            to=networks_peers(sources) if sources else _public(), ports=web
        )


def place_peers(place: Place) -> list[NetworkPolicyPeer]:
    """Return where something runs that pods depend on."""
    inside = [namespace_peer(place.namespace)] if place.namespace else []
    return [*inside, *networks_peers(place.networks)]


def source_ports(context: Context) -> list[int]:
    """Return the ports that sources listen on: that of https, and those that mirrors name."""
    hub = context.settings.hub
    mirrors = [f"//{place}" for place in context.settings.registry.mirrors.values()]
    addresses = [*mirrors, *([hub.endpoint] if hub else [])]
    return sorted({443, *(urlsplit(address).port or 443 for address in addresses)})


def _public() -> list[NetworkPolicyPeer]:
    """Return every public address: of IPv4, of IPv6, and IPv4 behind a translator."""
    closed = (*SPECIAL_V4, *METADATA)
    v4 = [one for one in closed if isinstance(one, IPv4Network)]
    blocks = (
        (ip_network("0.0.0.0/0"), v4),
        (GLOBAL_V6, SPECIAL_V6),
        (NAT64, [translated(network) for network in v4]),
    )
    return [NetworkPolicyPeer(ipBlock=_block(whole, closed)) for whole, closed in blocks]


def _block(whole: Network, closed: Sequence[Network]) -> IPBlock:
    """Return a network less others, each of which is left out once."""
    within = [one for one in closed if is_within(one, whole)]
    widest = [
        one for one in within if not any(one != other and is_within(one, other) for other in within)
    ]
    return IPBlock(cidr=str(whole), except_=[str(one) for one in widest] or None)


class NetworkPolicies(Component[Context]):
    """The network policies of a stack."""

    token = "localai:components:NetworkPolicies"

    @staticmethod
    def parts(name: str, context: Context) -> tuple[Part, ...]:
        """Return both policies."""
        return (
            object_part(f"{name}-servers", servers(context)),
            object_part(f"{name}-downloads", downloads(context)),
        )


def components(context: Context) -> Iterator[Declaration]:
    """Yield the network policies of a stack."""
    yield declare(NetworkPolicies, "network", context)
