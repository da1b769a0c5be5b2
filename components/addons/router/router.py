"""The router of a stack: its files, its pods, their address and who may call it."""

from lightkube.models.apps_v1 import (
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    RollingUpdateDeployment,
)
from lightkube.models.core_v1 import Service, ServiceAccount, ServicePort, ServiceSpec
from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.policy_v1 import PodDisruptionBudget, PodDisruptionBudgetSpec

from components.addons.router.args import RouterArgs
from components.addons.router.config_map import OBJECT
from components.addons.router.network_policy import network_policy
from components.addons.router.pod import PORT, files, pod_template
from components.engine.component import Component
from components.network.routing import ROUTER_PODS
from components.parts.context import Context
from components.parts.labels import metadata
from components.parts.part import Options, Part, content_part, object_part
from components.pool import durations
from components.pool.identity import pull_secrets
from components.server.ending import grace


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
    return Service(
        metadata=metadata(context, OBJECT, ROUTER_PODS),
        spec=ServiceSpec(
            type="ClusterIP",
            selector=ROUTER_PODS,
            ports=[ServicePort(name="http", port=PORT, targetPort="http", protocol="TCP")],
        ),
    )


def service_account(context: Context) -> ServiceAccount:
    """Return the identity of the pods; it can do nothing."""
    return ServiceAccount(
        metadata=metadata(context, OBJECT, ROUTER_PODS),
        automountServiceAccountToken=False,
        imagePullSecrets=pull_secrets(context) or None,
    )


def disruption_budget(context: Context) -> PodDisruptionBudget:
    """Return how many pods a drain may take at once: one, so that it never blocks."""
    return PodDisruptionBudget(
        metadata=metadata(context, OBJECT, ROUTER_PODS),
        spec=PodDisruptionBudgetSpec(
            maxUnavailable=1,
            selector=LabelSelector(matchLabels=ROUTER_PODS),
            # A pod that crashes serves nobody: it keeps no node from being drained.
            unhealthyPodEvictionPolicy="AlwaysAllow",
        ),
    )


def address(context: Context) -> str:
    """Return the URL at which the router answers inside the cluster."""
    return f"http://{OBJECT}.{context.settings.namespace}.svc:{PORT}/v1"


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
        object_part(f"{name}-disruption-budget", disruption_budget(context)),
    )


class Router(Component[RouterArgs]):
    """The router of a stack."""

    token = "localai:components:Router"
    parts = staticmethod(parts)
