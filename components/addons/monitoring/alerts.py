"""An alert: an expression, how long it must hold, and words that name cause and cure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from components.addons.monitoring.monitors import metadata, resource
from components.parts.builders import CustomResource
from components.parts.context import Context
from components.parts.labels import POOL
from components.pool.pool import Pool


class Severity(StrEnum):
    """Whether somebody has to get up: critical, or it can wait for the morning: warning."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alerting rule; `summary` and `cure` may hold Prometheus' templates."""

    name: str
    expression: str
    minutes: int
    severity: Severity
    summary: str
    cure: str

    def to_dict(self, context: Context, **labels: str) -> dict[str, Any]:
        """Return the rule, marked with its stack and further labels."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": f"{self.minutes}m",
            "labels": {"severity": self.severity.value, "stack": context.stack, **labels},
            "annotations": {"summary": self.summary, "description": self.cure},
        }


def stack_rule(context: Context, alerts: Sequence[Alert]) -> CustomResource:
    group = {"name": context.stack, "rules": [alert.to_dict(context) for alert in alerts]}
    return resource(
        kind="PrometheusRule",
        metadata=metadata(context, "localai", {}),
        spec={"groups": [group]},
    )


def pool_rule(pool: Pool, alerts: Sequence[Alert]) -> CustomResource:
    """Return the rules of a pool; its own object, as an operator's ConfigMap holds half a MiB."""
    rules = [alert.to_dict(pool.context, pool=pool.name) for alert in alerts]
    return resource(
        kind="PrometheusRule",
        metadata=metadata(pool.context, pool.object_name, {POOL: pool.name}),
        spec={"groups": [{"name": f"{pool.context.stack}-{pool.name}", "rules": rules}]},
    )
