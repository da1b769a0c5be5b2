"""An alert: an expression, how long it must hold, and words that name cause and cure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from components.context import Context


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
