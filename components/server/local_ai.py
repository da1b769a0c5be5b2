"""LocalAI: the servers of one pool, their address and their disruption budget."""

from dataclasses import dataclass

from lightkube.models.apps_v1 import Deployment, DeploymentSpec
from lightkube.models.core_v1 import Service, ServicePort, ServiceSpec
from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.policy_v1 import PodDisruptionBudget, PodDisruptionBudgetSpec

from components.engine.component import Component
from components.parts.labels import POOL, metadata
from components.parts.part import Options, Part, object_part
from components.pool.gpus import claim_parts
from components.pool.pool import Pool
from components.server import rolling
from components.server.front_end import front_end_template
from components.server.server_pod import pod_template, selector
from components.server.strategy import strategy

# Kueue hands it on to the pods (its page on running a Deployment).
_QUEUE = "kueue.x-k8s.io/queue-name"


@dataclass(frozen=True, kw_only=True)
class LocalAIArgs:
    """The pool it serves."""

    pool: Pool


def deployment(pool: Pool) -> Deployment:
    """Return the Deployment of a pool; it selects the pool's nodes and mounts its models."""
    shared = pool.settings.distributed
    return Deployment(
        metadata=metadata(pool.context, pool.object_name, {POOL: pool.name, **queue(pool)}),
        spec=DeploymentSpec(
            # Under an autoscaler, the number is the autoscaler's.
            replicas=None if pool.settings.scaling else pool.settings.replicas,
            strategy=strategy(pool),
            selector=LabelSelector(matchLabels=selector(pool)),
            template=front_end_template(pool, shared) if shared else pod_template(pool),
            progressDeadlineSeconds=rolling.progress(pool),
            revisionHistoryLimit=5,
        ),
    )


def queue(pool: Pool) -> dict[str, str]:
    """Return the label by which Kueue admits the pods of a Deployment, where one is named."""
    name = pool.settings.scheduling.queue
    return {_QUEUE: name} if name else {}


def service(pool: Pool) -> Service:
    """Return the address of a pool inside the cluster."""
    port = pool.context.server.port
    return Service(
        metadata=metadata(pool.context, pool.object_name, {POOL: pool.name}),
        spec=ServiceSpec(
            type="ClusterIP",
            selector=selector(pool),
            ports=[ServicePort(name="http", port=port, targetPort="http", protocol="TCP")],
        ),
    )


def disruption_budget(pool: Pool) -> PodDisruptionBudget:
    """Return how many pods a drain may take at once: one, so that it never blocks."""
    return PodDisruptionBudget(
        metadata=metadata(pool.context, pool.object_name, {POOL: pool.name}),
        spec=PodDisruptionBudgetSpec(
            maxUnavailable=1,
            selector=LabelSelector(matchLabels=selector(pool)),
            # A pod that crashes serves nobody: it keeps no node from being drained.
            unhealthyPodEvictionPolicy="AlwaysAllow",
        ),
    )


def address(pool: Pool) -> str:
    """Return the URL at which the pool answers inside the cluster."""
    namespace = pool.context.settings.namespace
    return f"http://{pool.object_name}.{namespace}.svc:{pool.context.server.port}/v1"


def parts(name: str, args: LocalAIArgs) -> tuple[Part, ...]:
    """Return the Deployment, the Service and the disruption budget, and what pods claim first."""
    pool = args.pool
    options = Options(timeout=rolling.rollout(pool))
    return (
        *claim_parts(name, pool),
        object_part(f"{name}-deployment", deployment(pool), options),
        # The engine waits until no pod behind the Service is unready: as long as for the pods.
        object_part(f"{name}-service", service(pool), options),
        object_part(f"{name}-disruption-budget", disruption_budget(pool)),
    )


class LocalAI(Component[LocalAIArgs]):
    """The servers of a pool."""

    token = "localai:components:LocalAI"
    parts = staticmethod(parts)
