"""What sets the number of a pool's pods: an autoscaler of Kubernetes, or KEDA."""

import re
from dataclasses import dataclass
from typing import Any

from lightkube.models.autoscaling_v2 import (
    CrossVersionObjectReference,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerBehavior,
    HorizontalPodAutoscalerSpec,
    HPAScalingRules,
    MetricIdentifier,
    MetricSpec,
    MetricTarget,
    PodsMetricSource,
    ResourceMetricSource,
)

from components.engine.component import Component
from components.network.router_metrics import LATENCY, REQUESTS
from components.parts.builders import CustomResource
from components.parts.labels import POOL, metadata
from components.parts.part import Part, object_part, plain
from components.pool.pool import Pool
from settings.pool.scaling import ScalingSettings

# What Kubernetes waits by itself before it takes pods away, and the most it can be told to wait.
_CALM, _LONGEST_CALM = 300, 3600


def autoscaler(pool: Pool, scaling: ScalingSettings) -> HorizontalPodAutoscaler:
    """Return the autoscaler of a pool's Deployment."""
    return HorizontalPodAutoscaler(
        metadata=metadata(pool.context, pool.object_name, {POOL: pool.name}),
        spec=HorizontalPodAutoscalerSpec(
            scaleTargetRef=CrossVersionObjectReference(
                apiVersion="apps/v1", kind="Deployment", name=pool.object_name
            ),
            minReplicas=scaling.min,
            maxReplicas=scaling.max,
            metrics=[_metric(scaling)],
            behavior=behavior(pool, scaling),
        ),
    )


def behavior(pool: Pool, scaling: ScalingSettings) -> HorizontalPodAutoscalerBehavior:
    """Return how pods go: never sooner than it takes to bring one back, or to answer."""
    window = min(calm(pool, scaling), _LONGEST_CALM)
    down = HPAScalingRules(stabilizationWindowSeconds=window)
    return HorizontalPodAutoscalerBehavior(scaleDown=down)


def calm(pool: Pool, scaling: ScalingSettings) -> int:
    """Return how long demand must be low before a pod goes, in seconds."""
    answer = pool.context.settings.server.longest_answer
    return max(_CALM, 2 * scaling.warm_up_seconds, answer)


def _metric(scaling: ScalingSettings) -> MetricSpec:
    if scaling.metric:
        target = MetricTarget(type="AverageValue", averageValue=str(scaling.metric.value))
        identifier = MetricIdentifier(name=scaling.metric.name)
        return MetricSpec(type="Pods", pods=PodsMetricSource(metric=identifier, target=target))
    target = MetricTarget(type="Utilization", averageUtilization=scaling.cpu)
    return MetricSpec(type="Resource", resource=ResourceMetricSource(name="cpu", target=target))


_BUSY_SECONDS = f"{LATENCY.name}_sum"
_ASKED, _ROUTE = LATENCY.labels
# Long enough to hold several scrapes, short enough to follow the load.
_WINDOW_SECONDS = 120
_WINDOW = "2m"
_POLL_SECONDS = 15
# Any request at all keeps a pool awake, and moves no target.
_AWAKE = "0.001"


# The router keeps no queue and no gauge per pool. The seconds that requests of a pool took, per
# second, are the requests in service on average (Little's law); those that wait for a slot of the
# server are among them.
def scaled_object(pool: Pool, scaling: ScalingSettings, prometheus: str) -> CustomResource:
    """Return the ScaledObject of a pool's Deployment; KEDA makes the autoscaler."""
    answer = pool.context.settings.server.longest_answer
    return CustomResource(
        api_version="keda.sh/v1alpha1",
        kind="ScaledObject",
        metadata=plain(metadata(pool.context, pool.object_name, {POOL: pool.name})),
        spec={
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": pool.object_name,
            },
            "minReplicaCount": scaling.min,
            "maxReplicaCount": scaling.max,
            "pollingInterval": _POLL_SECONDS,
            # The router counts a request once it is answered: until then its pool looks idle.
            "cooldownPeriod": max(calm(pool, scaling), answer + _WINDOW_SECONDS),
            # Without figures, as many pods as always run: no fewer, and no more than was wanted.
            "fallback": {
                "failureThreshold": 4,
                "replicas": max(scaling.min, 1),
                "behavior": "currentReplicasIfHigher",
            },
            "advanced": {
                "horizontalPodAutoscalerConfig": {"behavior": plain(behavior(pool, scaling))}
            },
            "triggers": [trigger(pool, scaling, prometheus)],
        },
    )


def trigger(pool: Pool, scaling: ScalingSettings, prometheus: str) -> dict[str, Any]:
    """Return what KEDA asks Prometheus, and how much of it one pod is for."""
    return {
        "type": "prometheus",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": prometheus,
            "query": query(pool, scaling),
            "threshold": str(scaling.requests or scaling.per_minute),
            "activationThreshold": "0",
            # A pool without requests has no series yet, which is not a failure.
            "ignoreNullValues": "true",
        },
    }


def query(pool: Pool, scaling: ScalingSettings) -> str:
    """Return the PromQL expression of a pool's load."""
    names = "|".join([*pool.settings.models, *pool.settings.aliases])
    # Of the marks that a name may hold, these two mean something else in an expression.
    asked = _rate(pool, REQUESTS.name, _ASKED, re.sub("[.+]", r"[\g<0>]", names))
    if scaling.per_minute:
        return f"60 * {asked}"
    return f"{_rate(pool, _BUSY_SECONDS, _ROUTE, f'{pool.name}[.].+')} + {_AWAKE} * {asked}"


def _rate(pool: Pool, name: str, label: str, pattern: str) -> str:
    namespace = pool.context.settings.namespace
    series = f'{name}{{namespace="{namespace}",{label}=~"{pattern}"}}'
    return f"(sum(rate({series}[{_WINDOW}])) or vector(0))"


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    """The pool whose number of pods it sets."""

    pool: Pool
    settings: ScalingSettings


class Scaling(Component[ScalingArgs]):
    """The autoscaler of a pool."""

    token = "localai:components:Scaling"

    @staticmethod
    def parts(name: str, args: ScalingArgs) -> tuple[Part, ...]:
        """Return the autoscaler of Kubernetes, or what KEDA makes one of."""
        pool, scaling = args.pool, args.settings
        growth = pool.context.settings.scaling
        if scaling.by_router and growth and growth.prometheus:
            wanted = scaled_object(pool, scaling, growth.prometheus)
            return (object_part(f"{name}-scaled-object", wanted),)
        return (object_part(f"{name}-autoscaler", autoscaler(pool, scaling)),)
