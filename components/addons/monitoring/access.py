"""Who may scrape: the pods of Prometheus; and the model check may ask servers."""

from collections.abc import Mapping

from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)

from components.addons.monitoring.monitors import CHECK, CHECK_PODS, CHECK_PORT, settings_of
from components.network.policies import SERVER_ROLE
from components.network.target import Target
from components.parts.builders import dns_egress, namespace_labels, tcp
from components.parts.context import Context
from components.parts.labels import common, metadata
from components.parts.roles import ROLE


def scraper(context: Context) -> NetworkPolicyPeer:
    """Return the pods that may scrape."""
    settings = settings_of(context)
    return NetworkPolicyPeer(
        namespaceSelector=namespace_labels(settings.namespace),
        podSelector=LabelSelector(matchLabels=settings.scraper) if settings.scraper else None,
    )


def servers_policy(context: Context) -> NetworkPolicy:
    """Return what opens the servers to Prometheus and to the model check as well."""
    peers = [scraper(context)]
    if settings_of(context).model_check:
        peers.append(_pods(context, CHECK_PODS))
    return _policy(context, "localai-servers-monitoring", _spec(context, SERVER_ROLE, peers))


def target_policy(context: Context, target: Target) -> NetworkPolicy:
    """Return what opens pods to Prometheus, in addition to other policies."""
    spec = NetworkPolicySpec(
        podSelector=LabelSelector(matchLabels=dict(target.labels)),
        policyTypes=["Ingress"],
        ingress=[NetworkPolicyIngressRule(from_=[scraper(context)], ports=[tcp(target.port)])],
    )
    return _policy(context, f"{target.name}-monitoring", spec)


def check_policy(context: Context) -> NetworkPolicy:
    """Return the policy of the model check: called by Prometheus, calling servers."""
    servers = _pods(context, {ROLE: SERVER_ROLE})
    spec = NetworkPolicySpec(
        podSelector=LabelSelector(matchLabels={**common(context), **CHECK_PODS}),
        policyTypes=["Ingress", "Egress"],
        ingress=[NetworkPolicyIngressRule(from_=[scraper(context)], ports=[tcp(CHECK_PORT)])],
        egress=[
            dns_egress(context),
            NetworkPolicyEgressRule(to=[servers], ports=[tcp(context.server.port)]),
        ],
    )
    return _policy(context, CHECK, spec)


def _spec(context: Context, role: str, peers: list[NetworkPolicyPeer]) -> NetworkPolicySpec:
    return NetworkPolicySpec(
        podSelector=LabelSelector(matchLabels={**common(context), ROLE: role}),
        policyTypes=["Ingress"],
        ingress=[NetworkPolicyIngressRule(from_=peers, ports=[tcp(context.server.port)])],
    )


def _pods(context: Context, labels: Mapping[str, str]) -> NetworkPolicyPeer:
    return NetworkPolicyPeer(podSelector=LabelSelector(matchLabels={**common(context), **labels}))


def _policy(context: Context, name: str, spec: NetworkPolicySpec) -> NetworkPolicy:
    return NetworkPolicy(metadata=metadata(context, name, {}), spec=spec)
