"""A served model: its pods, their address, who may call it, and how many there are."""

from collections.abc import Iterator, Mapping

from lightkube.models.apps_v1 import (
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    RollingUpdateDeployment,
)
from lightkube.models.autoscaling_v2 import (
    CrossVersionObjectReference,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpec,
    MetricSpec,
    MetricTarget,
    ResourceMetricSource,
)
from lightkube.models.core_v1 import Service, ServiceAccount
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicySpec,
)
from lightkube.models.policy_v1 import PodDisruptionBudget

from components.addons.served import rolled
from components.addons.served.pod import PORT, SERVED_ROLE, ServedArgs, grace, pod_template, program
from components.engine.component import Component, Output
from components.engine.declaration import Declaration, declare
from components.network.model_registry import REGISTRY, own_registry
from components.network.policies import clients, namespace_peer, place_peers
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
from components.pool import durations, rollout
from components.pool.identity import idle_account

# Per cent of its cores that a pod may use on average, which leaves room while another one starts.
_CPU_TARGET = 70
PROGRAM = "served-program"


def network_policy(args: ServedArgs) -> NetworkPolicy:
    """Return the policy of the pods: called by the stack and its clients, calling the registry."""
    context, registry = args.context, args.registry
    asked = NetworkPolicyEgressRule(to=place_peers(registry), ports=[tcp(registry.port)])
    wanted = args.settings.rollout
    divided = [namespace_peer(wanted.traffic.namespace)] if wanted and wanted.traffic else []
    callers = [*clients(context), *divided]
    return NetworkPolicy(
        metadata=_metadata(args),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(context), **args.labels}),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=callers, ports=[tcp(PORT)])],
            egress=[dns_egress(context), asked],
        ),
    )


def deployment(args: ServedArgs) -> Deployment:
    """Return the Deployment; a new pod predicts before an old one goes."""
    replicas = args.settings.replicas
    rolling = RollingUpdateDeployment(maxSurge=1, maxUnavailable=0)
    return Deployment(
        metadata=_metadata(args),
        spec=DeploymentSpec(
            # Where there is an autoscaler, the number is its own.
            replicas=None if _scales(args) else replicas.min,
            strategy=DeploymentStrategy(type="RollingUpdate", rollingUpdate=rolling),
            selector=LabelSelector(matchLabels=args.labels),
            template=pod_template(args),
            progressDeadlineSeconds=durations.progress(args.settings.size, grace()),
            revisionHistoryLimit=5,
        ),
    )


def autoscaler(args: ServedArgs) -> HorizontalPodAutoscaler:
    """Return what keeps the pods between the declared numbers, by the cores they use."""
    target = MetricTarget(type="Utilization", averageUtilization=_CPU_TARGET)
    cores = MetricSpec(type="Resource", resource=ResourceMetricSource(name="cpu", target=target))
    return HorizontalPodAutoscaler(
        metadata=_metadata(args),
        spec=HorizontalPodAutoscalerSpec(
            scaleTargetRef=CrossVersionObjectReference(
                apiVersion=rollout.ROLLOUTS if args.settings.rollout else "apps/v1",
                kind=rollout.KIND if args.settings.rollout else "Deployment",
                name=args.object_name,
            ),
            minReplicas=args.settings.replicas.min,
            maxReplicas=args.settings.replicas.max,
            metrics=[cores],
        ),
    )


def service(args: ServedArgs) -> Service:
    """Return the address inside the cluster."""
    return http_service(_metadata(args), args.labels, http_port(PORT))


def budget(args: ServedArgs) -> PodDisruptionBudget:
    """Return how many pods a drain may evict at once."""
    return disruption_budget(_metadata(args), args.labels)


def service_account(args: ServedArgs) -> ServiceAccount:
    """Return the identity of the pods; it can do nothing."""
    return idle_account(args.context, args.object_name, args.labels)


def _metadata(args: ServedArgs) -> ObjectMeta:
    return metadata(args.context, args.object_name, args.labels)


def _scales(args: ServedArgs) -> bool:
    return args.settings.replicas.min < args.settings.replicas.max


def _workload(name: str, args: ServedArgs, options: Options) -> Iterator[Part]:
    found = rolled.rolled(args)
    if found is None:
        yield object_part(f"{name}-deployment", deployment(args), options)
        yield object_part(f"{name}-service", service(args), options)
        return
    if found.accuracy:
        yield object_part(f"{name}-judge-network", rolled.judge_policy(args))
        yield content_part(f"{name}-judge", rolled.program(args))
    yield from rollout.parts(name, found)
    yield object_part(f"{name}-rollout", rollout.rollout(found, deployment(args)), options)
    if found.stable != found.name:
        # Numbers of pods divide requests, so this one leads to both versions.
        yield object_part(f"{name}-service", service(args), options)


class ServedProgram(Component[Context]):
    """The program of the generic model server, once for all served models."""

    token = "localai:components:ServedProgram"

    @staticmethod
    def parts(name: str, context: Context) -> tuple[Part, ...]:
        """Return its ConfigMap; one that pods of a rollout may still need is retained."""
        retain = any(one.rollout for one in context.settings.served_models.values())
        return (content_part(name, program(context), Options(retain=retain)),)


class Served(Component[ServedArgs]):
    """A served model."""

    token = "localai:components:ServedModel"
    address: Output[str]

    @staticmethod
    def parts(name: str, args: ServedArgs) -> tuple[Part, ...]:
        """Return the objects of a served model; those its pods need come first."""
        most = args.settings.replicas.max
        options = Options(timeout=durations.rollout(most, args.settings.size, grace()))
        scaled = [object_part(f"{name}-autoscaler", autoscaler(args))] if _scales(args) else []
        return (
            object_part(f"{name}-account", service_account(args)),
            object_part(f"{name}-network", network_policy(args)),
            *_workload(name, args, options),
            object_part(f"{name}-disruption-budget", budget(args)),
            *scaled,
        )

    @staticmethod
    def outputs(args: ServedArgs) -> Mapping[str, str | None]:
        """Return the URL inside the cluster."""
        return {"address": address(args)}


def address(args: ServedArgs) -> str:
    """Return the URL at which a model answers inside the cluster."""
    return cluster_url(args.context, args.object_name, PORT)


def served(context: Context) -> Iterator[ServedArgs]:
    """Yield the served models of a stack, each with its registry."""
    for name, settings in context.settings.served_models.items():
        registry = settings.registry or own_registry(context)
        # A rule of stack files refuses a model without one.
        if registry:
            yield ServedArgs(context=context, name=name, settings=settings, registry=registry)


def components(context: Context) -> Iterator[Declaration]:
    """Yield the served models of a stack, and their program before them."""
    models = tuple(served(context))
    if models:
        yield declare(ServedProgram, PROGRAM, context)
    for args in models:
        # Its pods fetch from a registry of the stack's own once that answers.
        first = [] if args.settings.registry else [REGISTRY]
        yield declare(Served, f"served-{args.name}", args, after=[PROGRAM, *first])


def scraped(context: Context) -> Target | None:
    """Return how Prometheus reads the metrics of all served models, if there are any."""
    if not context.settings.served_models:
        return None
    return Target(name="model-servers", labels={**common(context), ROLE: SERVED_ROLE}, port="http")
