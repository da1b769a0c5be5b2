"""A HorizontalPodAutoscaler: the number of a pool's pods by their CPU, or by a metric of theirs."""

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

from components.parts.labels import POOL, metadata
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
