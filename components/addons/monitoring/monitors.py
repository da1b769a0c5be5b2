"""What Prometheus scrapes: the servers of a pool by their Service, other pods by their labels."""

from typing import Any

from lightkube.models.core_v1 import SecretKeySelector

from components import api_key
from components.addons.monitoring.custom_resource import (
    MonitoringResource,
    metadata,
    settings_of,
)
from components.addons.monitoring.target import Target
from components.context import Context
from components.labels import POOL, common
from components.pool import Pool


def service_monitor(pool: Pool) -> MonitoringResource:
    """Return the monitor of a pool; its metrics want an API key."""
    context = pool.context
    key = api_key.caller(context) if context.server.metrics.needs_key else None
    # Further Services may select the same pods: each pod is scraped once.
    only = {
        "action": "keep",
        "sourceLabels": ["__meta_kubernetes_service_name"],
        "regex": pool.object_name,
    }
    return MonitoringResource(
        kind="ServiceMonitor",
        metadata=metadata(context, pool.object_name, {POOL: pool.name}),
        spec={
            "selector": {"matchLabels": {**common(context), POOL: pool.name}},
            "endpoints": [
                {
                    **_endpoint(context, "http", context.server.metrics.path, key),
                    "relabelings": [only],
                }
            ],
        },
    )


def pod_monitor(context: Context, target: Target) -> MonitoringResource:
    """Return the monitor of pods that no Service of their own leads to."""
    return MonitoringResource(
        kind="PodMonitor",
        metadata=metadata(context, target.name, {}),
        spec={
            "selector": {"matchLabels": dict(target.labels)},
            "podMetricsEndpoints": [_endpoint(context, target.port, target.path, target.key)],
        },
    )


def _endpoint(
    context: Context, port: str, path: str, key: SecretKeySelector | None
) -> dict[str, Any]:
    endpoint: dict[str, Any] = {
        "port": port,
        "path": path,
        "interval": f"{settings_of(context).interval_seconds}s",
    }
    if key:
        endpoint["authorization"] = {"credentials": {"name": key.name, "key": key.key}}
    return endpoint
