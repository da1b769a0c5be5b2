"""A PrometheusRule: alerts of one pool, or of a whole stack."""

from collections.abc import Sequence

from components.addons.monitoring.alert import Alert
from components.addons.monitoring.custom_resource import MonitoringResource, metadata
from components.context import Context
from components.labels import POOL
from components.pool import Pool


def stack_rule(context: Context, alerts: Sequence[Alert]) -> MonitoringResource:
    """Return the rules of a stack."""
    group = {"name": context.stack, "rules": [alert.to_dict(context) for alert in alerts]}
    return MonitoringResource(
        kind="PrometheusRule",
        metadata=metadata(context, "localai", {}),
        spec={"groups": [group]},
    )


def pool_rule(pool: Pool, alerts: Sequence[Alert]) -> MonitoringResource:
    """Return the rules of a pool; its own object, as an operator's ConfigMap holds half a MiB."""
    rules = [alert.to_dict(pool.context, pool=pool.name) for alert in alerts]
    return MonitoringResource(
        kind="PrometheusRule",
        metadata=metadata(pool.context, pool.object_name, {POOL: pool.name}),
        spec={"groups": [{"name": f"{pool.context.stack}-{pool.name}", "rules": rules}]},
    )
