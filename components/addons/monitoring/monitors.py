"""Custom resources of the Prometheus Operator, under the labels by which it selects them."""

from collections.abc import Mapping
from typing import Any

from lightkube.models.core_v1 import SecretKeySelector

from components.keys import api_key
from components.network.target import Target
from components.parts.builders import CustomResource
from components.parts.context import Context
from components.parts.labels import POOL, common
from components.parts.roles import ROLE
from components.pool.pool import Pool
from settings.monitoring import MonitoringSettings


def resource(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> CustomResource:
    """Return an object of the Prometheus Operator."""
    return CustomResource(
        api_version="monitoring.coreos.com/v1", kind=kind, metadata=metadata, spec=spec
    )


def settings_of(context: Context) -> MonitoringSettings:
    """Return what a stack says of its monitoring; the defaults where it says nothing."""
    return context.settings.monitoring or MonitoringSettings()


def metadata(context: Context, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata of an object that the operator is to find."""
    return {
        "name": name,
        "namespace": context.settings.namespace,
        "labels": {**settings_of(context).labels, **common(context), **labels},
    }


# No pool can have that name: what is of a pool starts with localai-.
CHECK = "model-check"
CHECK_PODS = {ROLE: CHECK}
CHECK_PORT = "metrics"


def check_target(context: Context) -> Target:
    """Return the pod of the model check."""
    return Target(name=CHECK, labels={**common(context), **CHECK_PODS}, port=CHECK_PORT)


def service_monitor(pool: Pool) -> CustomResource:
    """Return the monitor of a pool; its metrics need an API key."""
    context = pool.context
    key = api_key.caller(context) if context.server.metrics.needs_key else None
    # Further Services may select the same pods: each pod is scraped once.
    only = {
        "action": "keep",
        "sourceLabels": ["__meta_kubernetes_service_name"],
        "regex": pool.object_name,
    }
    return resource(
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


def pod_monitor(context: Context, target: Target) -> CustomResource:
    """Return the monitor of pods that no Service of their own leads to."""
    return resource(
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
