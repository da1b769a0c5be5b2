"""Who may call the application and its Jobs, and whom they may call."""

from lightkube.models.meta_v1 import LabelSelector, LabelSelectorRequirement
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)

from components.addons.anythingllm.environment import AnythingLlmArgs
from components.network.chat_application import (
    APPLICATION_PODS,
    OBJECT,
    PORT,
    REHEARSAL_ROLE,
    RESTORE_ROLE,
    UPDATE_ROLE,
    USERS_ROLE,
)
from components.network.policies import SERVER_ROLE, clients, place_peers, router_peer
from components.parts.builders import dns_egress, tcp
from components.parts.labels import common, metadata
from components.parts.roles import ANYTHINGLLM_BACKUP_ROLE, ROLE

_JOBS = (ANYTHINGLLM_BACKUP_ROLE, REHEARSAL_ROLE, RESTORE_ROLE, UPDATE_ROLE, USERS_ROLE)
# Of LiteLLM in the router's pods; an add-on imports no other one.
_ROUTER_PORT = 4000


def network_policy(args: AnythingLlmArgs) -> NetworkPolicy:
    """Return the policy of the application: it calls models of this stack, and nobody else.

    So it fetches no pages of others, for which its browser would need a right of its own.
    """
    context = args.context
    return NetworkPolicy(
        metadata=metadata(context, OBJECT, APPLICATION_PODS),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(context), **APPLICATION_PODS}),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=clients(context), ports=[tcp(PORT)])],
            egress=[dns_egress(context), _models(args)],
        ),
    )


def jobs_policy(args: AnythingLlmArgs) -> NetworkPolicy:
    """Return the policy of the Jobs: not called at all, calling the application and the bucket."""
    context, backup = args.context, args.settings.backup
    pods = LabelSelector(matchLabels={**common(context), **APPLICATION_PODS})
    ways = [
        dns_egress(context),
        NetworkPolicyEgressRule(to=[NetworkPolicyPeer(podSelector=pods)], ports=[tcp(PORT)]),
    ]
    if backup:
        ways.append(NetworkPolicyEgressRule(to=place_peers(backup.to), ports=[tcp(backup.to.port)]))
    some = LabelSelectorRequirement(key=ROLE, operator="In", values=list(_JOBS))
    return NetworkPolicy(
        metadata=metadata(context, f"{OBJECT}-jobs", APPLICATION_PODS),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels=common(context), matchExpressions=[some]),
            policyTypes=["Ingress", "Egress"],
            ingress=[],
            egress=ways,
        ),
    )


def _models(args: AnythingLlmArgs) -> NetworkPolicyEgressRule:
    context = args.context
    if args.router:
        return NetworkPolicyEgressRule(to=[router_peer(context)], ports=[tcp(_ROUTER_PORT)])
    servers = LabelSelector(matchLabels={**common(context), ROLE: SERVER_ROLE})
    peer = NetworkPolicyPeer(podSelector=servers)
    return NetworkPolicyEgressRule(to=[peer], ports=[tcp(context.server.port)])
