"""Who may call a router, and whom it calls: the servers, name servers, and its database."""

from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)

from components.addons.router.args import RouterArgs
from components.addons.router.config_map import OBJECT
from components.addons.router.pod import PORT
from components.network.policies import SERVER_ROLE, clients
from components.network.routing import ROUTER_PODS
from components.parts.builders import dns_egress, tcp
from components.parts.labels import ROLE, common, metadata

_POSTGRESQL = 5432


def network_policy(args: RouterArgs) -> NetworkPolicy:
    """Return the policy of a router: called by the stack and its clients, calling servers."""
    context = args.context
    return NetworkPolicy(
        metadata=metadata(context, OBJECT, ROUTER_PODS),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(context), **ROUTER_PODS}),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=clients(context), ports=[tcp(PORT)])],
            egress=_egress(args),
        ),
    )


def _egress(args: RouterArgs) -> list[NetworkPolicyEgressRule]:
    context = args.context
    servers = LabelSelector(matchLabels={**common(context), ROLE: SERVER_ROLE})
    rules = [
        dns_egress(),
        NetworkPolicyEgressRule(
            to=[NetworkPolicyPeer(podSelector=servers)], ports=[tcp(context.server.port)]
        ),
    ]
    if args.settings.database_url:
        # Where it is stands in a Secret, so only its port is known here.
        rules.append(NetworkPolicyEgressRule(ports=[tcp(_POSTGRESQL)]))
    return rules
