"""Monitoring of one pool: its monitor and its rules."""

from components.addons.monitoring.alerts import pool_rule
from components.addons.monitoring.monitors import service_monitor
from components.addons.monitoring.pool_alerts import pool_alerts, saturated
from components.engine.component import Component
from components.parts.part import Part, object_part
from components.pool.pool import Pool


class PoolMonitoring(Component[Pool]):
    """The monitoring of a pool."""

    token = "localai:components:PoolMonitoring"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return the monitor and the rules."""
        alerts = (*pool_alerts(pool), *saturated(pool))
        return (
            object_part(f"{name}-monitor", service_monitor(pool)),
            object_part(f"{name}-rules", pool_rule(pool, alerts)),
        )
