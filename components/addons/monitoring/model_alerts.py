"""Alerts on what the model check finds, and on its own absence."""

from collections.abc import Iterator

from components.addons.monitoring.alert import Alert, Severity
from components.addons.monitoring.promql import series
from components.addons.monitoring.scripts.model_check import SERVED
from components.addons.monitoring.target import CHECK
from components.context import Context


def model_alerts(context: Context) -> Iterator[Alert]:
    """Yield the alerts of a stack that runs the model check."""
    yield not_served(context)
    yield unchecked(context)


def served(context: Context) -> str:
    """Return the series that says of each declared model whether it is served."""
    return series(SERVED, namespace=context.settings.namespace)


def not_served(context: Context) -> Alert:
    """Return the alert on a model that is declared and that a server lacks.

    A Service hands each question to another server, so one of many shows only now and then.
    """
    return Alert(
        name="LocalAIModelNotServed",
        expression=f"min by (pool, model) (min_over_time({served(context)}[5m])) == 0",
        minutes=15,
        severity=Severity.CRITICAL,
        summary="Model {{ $labels.model }} is declared but not served by pool {{ $labels.pool }}",
        cure="look for the model in the server's log; a ready server proves no model",
    )


def unchecked(context: Context) -> Alert:
    """Return the alert on a check whose findings do not arrive."""
    return Alert(
        name="LocalAIModelCheckMissing",
        expression=f"absent({served(context)})",
        minutes=30,
        severity=Severity.WARNING,
        summary="Nobody checks which models are served",
        cure=f"kubectl -n {context.settings.namespace} describe deployment {CHECK}; or let "
        "Prometheus scrape it",
    )
