"""The chat of a stack: its pod, its address, who may call it, and how browsers reach it."""

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

from components.addons.chat.pod import CHAT_PODS, OBJECT, PORT, ChatArgs, pod_template
from components.engine.component import Component, Output
from components.engine.declaration import Declaration, declare
from components.keys import api_key
from components.network import exposure
from components.network.exposure import ExposureArgs
from components.network.policies import SERVER_ROLE, clients
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
from components.parts.labels import POOL, common, metadata
from components.parts.part import Options, Part, object_part
from components.parts.roles import ROLE
from components.pool import durations
from components.pool.identity import idle_account
from components.pool.pool import Pool
from components.server.ending import grace
from settings.exposure import ExposureKind
from settings.router import ROUTER_NAME

CHAT = "chat"
_EXPOSURE = "chat-exposure"


def network_policy(args: ChatArgs) -> NetworkPolicy:
    """Return the policy of the pod: called by the stack and its clients, calling the models."""
    context = args.context
    return NetworkPolicy(
        metadata=metadata(context, OBJECT, CHAT_PODS),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(context), **CHAT_PODS}),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=clients(context), ports=[tcp(PORT)])],
            egress=[dns_egress(context), _models(args)],
        ),
    )


def _models(args: ChatArgs) -> NetworkPolicyEgressRule:
    context = args.context
    servers = {ROLE: SERVER_ROLE, POOL: args.settings.pool or ""}
    labels = ROUTER_PODS if context.settings.router else servers
    peer = NetworkPolicyPeer(podSelector=LabelSelector(matchLabels={**common(context), **labels}))
    # Policies are held against the port of a pod, which is that of its Service here.
    port = int(args.address.rpartition(":")[2].partition("/")[0])
    return NetworkPolicyEgressRule(to=[peer], ports=[tcp(port)])


def deployment(args: ChatArgs) -> Deployment:
    """Return the Deployment: one pod, since it holds conversations under way in memory."""
    rolling = RollingUpdateDeployment(maxSurge=1, maxUnavailable=0)
    return Deployment(
        metadata=metadata(args.context, OBJECT, CHAT_PODS),
        spec=DeploymentSpec(
            replicas=1,
            strategy=DeploymentStrategy(type="RollingUpdate", rollingUpdate=rolling),
            selector=LabelSelector(matchLabels=CHAT_PODS),
            template=pod_template(args),
            progressDeadlineSeconds=durations.progress(ending=grace(args.context.settings)),
            revisionHistoryLimit=5,
        ),
    )


def service(context: Context) -> Service:
    """Return the address inside the cluster."""
    return http_service(metadata(context, OBJECT, CHAT_PODS), CHAT_PODS, http_port(PORT))


def budget(context: Context) -> PodDisruptionBudget:
    """Return how many pods a drain may evict at once."""
    return disruption_budget(metadata(context, OBJECT, CHAT_PODS), CHAT_PODS)


def service_account(context: Context) -> ServiceAccount:
    """Return the identity of the pod; it can do nothing."""
    return idle_account(context, OBJECT, CHAT_PODS)


class Chat(Component[ChatArgs]):
    """The chat of a stack."""

    token = "localai:components:Chat"
    address: Output[str]

    @staticmethod
    def parts(name: str, args: ChatArgs) -> tuple[Part, ...]:
        """Return the objects of a chat; those its pod needs come first."""
        context = args.context
        options = Options(timeout=durations.rollout(1, ending=grace(context.settings)))
        return (
            object_part(f"{name}-account", service_account(context)),
            object_part(f"{name}-network", network_policy(args)),
            object_part(f"{name}-deployment", deployment(args), options),
            object_part(f"{name}-service", service(context), options),
            object_part(f"{name}-disruption-budget", budget(context)),
        )

    @staticmethod
    def outputs(args: ChatArgs) -> Mapping[str, str | None]:
        """Return the URL inside the cluster."""
        return {"address": cluster_url(args.context, OBJECT, PORT)}


def components(
    context: Context, pools: tuple[Pool, ...], addresses: Mapping[str, str]
) -> Iterator[Declaration]:
    """Yield the chat of a stack, if it has one, after the models that it asks."""
    settings = context.settings.chat
    if settings is None:
        return
    routed = context.settings.router is not None
    asked = tuple(pool for pool in pools if routed or pool.name == settings.pool)
    address = addresses[ROUTER_NAME if routed else asked[0].name]
    args = ChatArgs(context=context, settings=settings, pools=asked, address=address)
    first = [ROUTER] if routed else [asked[0].component, *api_key.names(context)]
    yield declare(Chat, CHAT, args, after=first)
    said = settings.exposure
    if said and said.kind is not ExposureKind.CLUSTER:
        reached = ExposureArgs(
            context=context, settings=said, target=service(context),
            role=_EXPOSURE, answers="/",
        )  # fmt: skip
        yield declare(exposure.Exposure, _EXPOSURE, reached, after=[CHAT])


def scraped(context: Context) -> Target | None:
    """Return how Prometheus reads the metrics of the chat, if there is one."""
    if context.settings.chat is None:
        return None
    return Target(name=OBJECT, labels={**common(context), **CHAT_PODS}, port="inside")
