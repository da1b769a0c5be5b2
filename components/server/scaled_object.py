"""A ScaledObject of KEDA: the number of a pool's pods by what the router counts in Prometheus.

The router keeps no queue and no gauge per pool. The seconds that requests of a pool took, per
second, are the requests in service on average (Little's law); those that wait for a slot of the
server are among them.
"""

from typing import Any

from components.network.router_metrics import LATENCY, REQUESTS
from components.parts.builders import CustomResource
from components.parts.labels import POOL, metadata
from components.parts.part import plain
from components.pool.pool import Pool
from components.server.autoscaler import behavior, calm
from settings.pool.scaling import ScalingSettings

_BUSY_SECONDS = f"{LATENCY.name}_sum"
_ASKED, _ROUTE = LATENCY.labels
# Long enough to hold several scrapes, short enough to follow the load.
_WINDOW_SECONDS = 120
_WINDOW = "2m"
_POLL_SECONDS = 15
# Any request at all keeps a pool awake, and moves no target.
_AWAKE = "0.001"


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
            # A pool that nobody asked for has no series yet, which is no failure.
            "ignoreNullValues": "true",
        },
    }


def query(pool: Pool, scaling: ScalingSettings) -> str:
    """Return the PromQL expression of a pool's load."""
    names = "|".join([*pool.settings.models, *pool.settings.aliases])
    # A dot in a name would match any character.
    asked = _rate(pool, REQUESTS.name, _ASKED, names.replace(".", "[.]"))
    if scaling.per_minute:
        return f"60 * {asked}"
    return f"{_rate(pool, _BUSY_SECONDS, _ROUTE, f'{pool.name}[.].+')} + {_AWAKE} * {asked}"


def _rate(pool: Pool, name: str, label: str, pattern: str) -> str:
    namespace = pool.context.settings.namespace
    series = f'{name}{{namespace="{namespace}",{label}=~"{pattern}"}}'
    return f"(sum(rate({series}[{_WINDOW}])) or vector(0))"
