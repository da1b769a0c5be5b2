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
from components.network.policies import SERVER_ROLE, clients, place_peers
from components.network.routing import ROUTER_PODS
from components.parts.builders import dns_egress, tcp
from components.parts.labels import ROLE, common, metadata


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
    context, database = args.context, args.settings.database
    servers = LabelSelector(matchLabels={**common(context), ROLE: SERVER_ROLE})
    rules = [
        dns_egress(context),
        NetworkPolicyEgressRule(
            to=[NetworkPolicyPeer(podSelector=servers)], ports=[tcp(context.server.port)]
        ),
    ]
    if database:
        rules.append(NetworkPolicyEgressRule(to=place_peers(database), ports=[tcp(database.port)]))
    return rules
