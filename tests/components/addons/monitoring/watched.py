"""Stacks that are watched, and their rules: what the tests beside this file share."""

from collections.abc import Mapping
from typing import Any

from components.addons.monitoring.alerts import Alert
from components.parts.context import Context
from components.parts.part import Manifest, Part
from components.pool.pool import Pool
from stack import stack_parts
from tests.samples import context, of_kind, pool, stack

CHART = {"repository": "https://charts.test/a", "chart": "qdrant", "version": "1.15.5"}


def watched_context(monitoring: Mapping[str, Any] | None = None, **fields: Any) -> Context:
    """Return the context of a stack that is watched."""
    return context(monitoring=monitoring or {}, **fields)


def watched_pool(monitoring: Mapping[str, Any] | None = None, **fields: Any) -> Pool:
    """Return a pool of a stack that is watched."""
    return pool(stack_fields={"monitoring": monitoring or {}}, **fields)


def watched_parts(
    monitoring: Mapping[str, Any] | None = None,
    pools: Mapping[str, Any] | None = None,
    **fields: Any,
) -> tuple[Part, ...]:
    """Return the parts of a stack that is watched."""
    return stack_parts(*stack(pools, monitoring=monitoring or {}, **fields))


def names(alerts: list[Alert]) -> list[str]:
    """Return the names of alerts."""
    return [alert.name for alert in alerts]


def alert_names(*parts: Part) -> set[str]:
    """Return the names of the alerts in the rules among parts."""
    return {rule["alert"] for rule in rules(*parts)}


def rules(*parts: Part) -> list[dict[str, Any]]:
    """Return every rule among parts."""
    found: list[Manifest] = of_kind("PrometheusRule", *parts)
    return [rule for one in found for group in one["spec"]["groups"] for rule in group["rules"]]
