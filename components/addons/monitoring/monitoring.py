"""Monitoring of a stack and of each pool: who may scrape, its rules, its dashboard, its router."""

from collections.abc import Iterator
from dataclasses import dataclass

from components.addons.monitoring import access
from components.addons.monitoring.alerts import Alert, pool_rule, stack_rule
from components.addons.monitoring.dashboard import dashboard_map
from components.addons.monitoring.model_check import ModelCheck, ModelCheckArgs
from components.addons.monitoring.monitors import pod_monitor, service_monitor, settings_of
from components.addons.monitoring.pool_alerts import pool_alerts, saturated
from components.addons.monitoring.stack_alerts import model_alerts, router_alerts, stack_alerts
from components.engine.component import Component
from components.engine.declaration import Declaration, declare
from components.keys import api_key
from components.network.target import Target
from components.parts.context import Context
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


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """The stack, its pools, and how its add-ons are scraped, those that it has."""

    context: Context
    pools: tuple[Pool, ...]
    router: Target | None = None
    served: Target | None = None
    chat: Target | None = None


def alerts(args: MonitoringArgs) -> Iterator[Alert]:
    """Yield the alerts for which the stack has data."""
    if settings_of(args.context).model_check:
        yield from model_alerts(args.context)
    if args.router:
        yield from router_alerts(args.context)
    yield from stack_alerts(args.context)


def _parts(name: str, args: MonitoringArgs) -> Iterator[Part]:
    context, settings = args.context, settings_of(args.context)
    yield object_part(f"{name}-servers-policy", access.servers_policy(context))
    found = tuple(alerts(args))
    if found:
        yield object_part(f"{name}-rules", stack_rule(context, found))
    if settings.dashboard:
        yield object_part(f"{name}-dashboard", dashboard_map(context, args.pools))
    for addon, target in (("router", args.router), ("served", args.served), ("chat", args.chat)):
        if target:
            yield object_part(f"{name}-{addon}-policy", access.target_policy(context, target))
            yield object_part(f"{name}-{addon}-monitor", pod_monitor(context, target))


class Monitoring(Component[MonitoringArgs]):
    """The monitoring of a stack."""

    token = "localai:components:Monitoring"

    @staticmethod
    def parts(name: str, args: MonitoringArgs) -> tuple[Part, ...]:
        """Return the policies, the rules, the dashboard, and the monitors of what is no pool."""
        return tuple(_parts(name, args))


def components(
    context: Context,
    pools: tuple[Pool, ...],
    router: Target | None = None,
    served: Target | None = None,
    chat: Target | None = None,
) -> Iterator[Declaration]:
    """Yield what watches a stack, and each of its pools, where its settings ask for it."""
    settings = context.settings.monitoring
    if settings is None:
        return
    args = MonitoringArgs(context=context, pools=pools, router=router, served=served, chat=chat)
    yield declare(Monitoring, "monitoring", args)
    if settings.model_check:
        check = ModelCheckArgs(context=context, pools=pools)
        yield declare(ModelCheck, "model-check", check, after=api_key.names(context))
    for pool in pools:
        yield declare(PoolMonitoring, f"{pool.component}-monitoring", pool)
