"""Monitoring of one pool: its monitor and its rules."""

from dataclasses import dataclass

from components.addons.monitoring.alerts import pool_rule
from components.addons.monitoring.monitors import service_monitor
from components.addons.monitoring.pool_alerts import pool_alerts, saturated
from components.engine.component import Component
from components.parts.part import Part, object_part
from components.pool.pool import Pool


@dataclass(frozen=True, kw_only=True)
class PoolMonitoringArgs:
    """The pool it watches."""

    pool: Pool


def parts(name: str, args: PoolMonitoringArgs) -> tuple[Part, ...]:
    """Return the monitor and the rules."""
    alerts = (*pool_alerts(args.pool), *saturated(args.pool))
    return (
        object_part(f"{name}-monitor", service_monitor(args.pool)),
        object_part(f"{name}-rules", pool_rule(args.pool, alerts)),
    )


class PoolMonitoring(Component[PoolMonitoringArgs]):
    """The monitoring of a pool."""

    token = "localai:components:PoolMonitoring"
    parts = staticmethod(parts)
