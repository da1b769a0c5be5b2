"""The router of a stack: its files, its pods, their address and who may call it."""

from collections.abc import Iterator, Mapping

from lightkube.models.apps_v1 import (
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    RollingUpdateDeployment,
)
from lightkube.models.core_v1 import Service, ServiceAccount
from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)
from lightkube.models.policy_v1 import PodDisruptionBudget

from components.addons.router.args import RouterArgs
from components.addons.router.config_map import OBJECT
from components.addons.router.keys import MasterKey, master_key
from components.addons.router.pod import PORT, files, pod_template
from components.engine.component import Component, Output
from components.engine.declaration import Declaration, declare
from components.keys import api_key
from components.network import router_metrics
from components.network.policies import SERVER_ROLE, clients, place_peers
from components.network.routing import ROUTER, ROUTER_PODS
from components.network.target import Target
from components.parts.builders import (
    cluster_url,
    disruption_budget,
    dns_egress,
    http_port,
    http_service,
    tcp,
)
from components.parts.context import Context
from components.parts.labels import common, metadata
from components.parts.part import Options, Part, content_part, object_part
from components.parts.roles import ROLE
from components.pool import durations
from components.pool.identity import idle_account
from components.pool.pool import Pool
from components.server.ending import grace
from settings.router import ROUTER_NAME


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


def deployment(args: RouterArgs) -> Deployment:
    """Return the Deployment; a new pod serves before an old one goes."""
    rolling = RollingUpdateDeployment(maxSurge=1, maxUnavailable=0)
    return Deployment(
        metadata=metadata(args.context, OBJECT, ROUTER_PODS),
        spec=DeploymentSpec(
            replicas=args.settings.replicas,
            strategy=DeploymentStrategy(type="RollingUpdate", rollingUpdate=rolling),
            selector=LabelSelector(matchLabels=ROUTER_PODS),
            template=pod_template(args),
            progressDeadlineSeconds=durations.progress(ending=grace(args.context.settings)),
            revisionHistoryLimit=5,
        ),
    )


def service(context: Context) -> Service:
    """Return the address inside the cluster."""
    return http_service(metadata(context, OBJECT, ROUTER_PODS), ROUTER_PODS, http_port(PORT))


def budget(context: Context) -> PodDisruptionBudget:
    """Return how many pods a drain may evict at once."""
    return disruption_budget(metadata(context, OBJECT, ROUTER_PODS), ROUTER_PODS)


def service_account(context: Context) -> ServiceAccount:
    """Return the identity of the pods; it can do nothing."""
    return idle_account(context, OBJECT, ROUTER_PODS)


def address(context: Context) -> str:
    """Return the URL at which the router answers inside the cluster."""
    return f"{cluster_url(context, OBJECT, PORT)}/v1"


class Router(Component[RouterArgs]):
    """The router of a stack."""

    token = "localai:components:Router"
    address: Output[str]

    @staticmethod
    def parts(name: str, args: RouterArgs) -> tuple[Part, ...]:
        """Return the objects of a router; those its pods need come first."""
        context = args.context
        options = Options(
            timeout=durations.rollout(args.settings.replicas, ending=grace(context.settings))
        )
        return (
            object_part(f"{name}-account", service_account(context)),
            object_part(f"{name}-network", network_policy(args)),
            content_part(f"{name}-config", files(args)),
            object_part(f"{name}-deployment", deployment(args), options),
            object_part(f"{name}-service", service(context), options),
            object_part(f"{name}-disruption-budget", budget(context)),
        )

    @staticmethod
    def outputs(args: RouterArgs) -> Mapping[str, str | None]:
        """Return the URL inside the cluster."""
        return {"address": address(args.context)}


def components(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield the router of a stack, if it has one, after the servers that it routes to."""
    settings = context.settings.router
    if settings is None:
        return
    keys = api_key.names(context)
    if settings.master_key is None:
        yield declare(MasterKey, "router-key", context)
        keys = (*keys, "router-key")
    args = RouterArgs(context=context, settings=settings, pools=pools)
    yield declare(Router, ROUTER, args, after=[*(pool.component for pool in pools), *keys])


def services(context: Context) -> dict[str, Service]:
    """Return the Service of the router by its component, if there is one."""
    return {ROUTER: service(context)} if context.settings.router else {}


def addresses(context: Context) -> dict[str, str]:
    """Return where the router answers by its name among pools, if there is one."""
    return {ROUTER_NAME: address(context)} if context.settings.router else {}


def scraped(context: Context) -> Target | None:
    """Return how Prometheus reads the metrics of the router, if there is one."""
    settings = context.settings.router
    if settings is None:
        return None
    labels = {**common(context), **ROUTER_PODS}
    key = master_key(settings)
    return Target(name=OBJECT, labels=labels, port="http", path=router_metrics.PATH, key=key)
