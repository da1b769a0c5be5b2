"""Who may talk to whom in a stack: clients to servers, Jobs to sources, nobody else to anybody."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from lightkube.models.meta_v1 import LabelSelector, LabelSelectorRequirement
from lightkube.models.networking_v1 import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)

from components.component import Component
from components.context import Context
from components.labels import ROLE, common, metadata
from components.part import Part, object_part

SERVER_ROLE = "server"
DOWNLOAD_ROLES = ("weights", "engines")

# Addresses that are no public source: RFC 1918, RFC 6598, loopback and link-local (which holds
# the cloud's metadata service).
_PRIVATE_V4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
    "172.16.0.0/12", "192.168.0.0/16",
)  # fmt: skip
_PRIVATE_V6 = ("::1/128", "fc00::/7", "fe80::/10")
# Where clouds hand a node's credentials to any pod that asks: link-local, and one of AWS.
_METADATA = ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128")
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, kw_only=True)
class NetworkPoliciesArgs:
    """The stack whose traffic it limits."""

    context: Context


def servers(context: Context) -> NetworkPolicy:
    """Return the policy of the servers: called by the stack and its clients, calling nobody."""
    peers = [NetworkPolicyPeer(podSelector=LabelSelector())]
    peers += [
        NetworkPolicyPeer(
            namespaceSelector=LabelSelector(matchLabels={"kubernetes.io/metadata.name": client})
        )
        for client in context.settings.network.clients
    ]
    port = NetworkPolicyPort(port=context.server.port, protocol="TCP")
    return NetworkPolicy(
        metadata=metadata(context, "localai-servers", {}),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(context), ROLE: SERVER_ROLE}),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=peers, ports=[port])],
            egress=[],
        ),
    )


def downloads(context: Context) -> NetworkPolicy:
    """Return the policy of the Jobs: called by nobody, calling name servers and sources."""
    names = [NetworkPolicyPort(port=53, protocol=protocol) for protocol in ("UDP", "TCP")]
    web = [NetworkPolicyPort(port=443, protocol="TCP")]
    roles = LabelSelectorRequirement(key=ROLE, operator="In", values=list(DOWNLOAD_ROLES))
    return NetworkPolicy(
        metadata=metadata(context, "localai-downloads", {}),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels=common(context), matchExpressions=[roles]),
            policyTypes=["Ingress", "Egress"],
            ingress=[],
            egress=[
                NetworkPolicyEgressRule(ports=names),
                NetworkPolicyEgressRule(to=_sources(context), ports=web),
            ],
        ),
    )


def _sources(context: Context) -> list[NetworkPolicyPeer]:
    declared = context.settings.network.sources
    if declared:
        return [NetworkPolicyPeer(ipBlock=_without_metadata(network)) for network in declared]
    return [
        NetworkPolicyPeer(ipBlock=IPBlock(cidr="0.0.0.0/0", except_=list(_PRIVATE_V4))),
        NetworkPolicyPeer(ipBlock=IPBlock(cidr="::/0", except_=list(_PRIVATE_V6))),
    ]


def _without_metadata(network: str) -> IPBlock:
    # A network as wide as 0.0.0.0/0 says "anywhere", and means no credentials of the node.
    inside = [text for text in _METADATA if _within(ip_network(text), ip_network(network))]
    return IPBlock(cidr=network, except_=inside or None)


def _within(inner: Network, outer: Network) -> bool:
    return inner != outer and inner.version == outer.version and inner.subnet_of(outer)  # pyright: ignore[reportArgumentType] (one version)


def parts(name: str, args: NetworkPoliciesArgs) -> tuple[Part, ...]:
    """Return both policies."""
    return (
        object_part(f"{name}-servers", servers(args.context)),
        object_part(f"{name}-downloads", downloads(args.context)),
    )


class NetworkPolicies(Component[NetworkPoliciesArgs]):
    """The network policies of a stack."""

    token = "localai:components:NetworkPolicies"
    parts = staticmethod(parts)
