"""Alerts on what the model check finds, and on its own absence."""

from collections.abc import Iterator

from components.addons.monitoring.alert import Alert, Severity
from components.addons.monitoring.promql import series
from components.addons.monitoring.scripts.model_check import ANSWERS, INSTALLED, LISTED
from components.addons.monitoring.target import CHECK
from components.context import Context


def model_alerts(context: Context) -> Iterator[Alert]:
    """Yield the alerts of a stack that runs the model check."""
    yield not_listed(context)
    yield engine_missing(context)
    yield not_answering(context)
    yield unchecked(context)


def incomplete(context: Context) -> str:
    """Return the number of declared names, by pool, that fail in any way."""
    failing = (f"{_found(context, metric)} == 0" for metric in (LISTED, INSTALLED, ANSWERS))
    return f"count by (pool) ({' or '.join(failing)})"


def not_listed(context: Context) -> Alert:
    """Return the alert on a model that is declared and that a server does not even list."""
    return Alert(
        name="LocalAIModelNotListed",
        expression=_failing(context, LISTED, "model"),
        minutes=15,
        severity=Severity.CRITICAL,
        summary="Model {{ $labels.model }} is declared but not listed by pool {{ $labels.pool }}",
        cure="look for the model in the server's log, and for the pool's other alerts: a server "
        "that cannot be asked lists nothing",
    )


def engine_missing(context: Context) -> Alert:
    """Return the alert on an engine that a server does not have; it is ready nevertheless."""
    return Alert(
        name="LocalAIEngineMissing",
        expression=_failing(context, INSTALLED, "engine"),
        minutes=5,
        severity=Severity.CRITICAL,
        summary="Engine {{ $labels.engine }} is not installed in pool {{ $labels.pool }}; "
        "its models get 500",
        cure="look at the engines Job, or at the init containers that copy engines; then restart "
        "the server",
    )


def not_answering(context: Context) -> Alert:
    """Return the alert on a model that is listed, has its engine, and does not answer."""
    return Alert(
        name="LocalAIModelNotAnswering",
        expression=_failing(context, ANSWERS, "model"),
        minutes=15,
        severity=Severity.CRITICAL,
        summary="Model {{ $labels.model }} of pool {{ $labels.pool }} does not answer one token, "
        "one word or one document",
        cure="look for the model in the server's log: weights that do not load, or memory; if it "
        "only answers too late, raise replicas",
    )


def unchecked(context: Context) -> Alert:
    """Return the alert on a check whose findings do not arrive."""
    return Alert(
        name="LocalAIModelCheckMissing",
        expression=f"absent({_found(context, LISTED)})",
        minutes=30,
        severity=Severity.WARNING,
        summary="Nobody checks which models are served",
        cure=f"kubectl -n {context.settings.namespace} describe deployment {CHECK}; or let "
        "Prometheus scrape it",
    )


def _failing(context: Context, metric: str, label: str) -> str:
    # A Service hands each question to another server: one of many fails only now and then.
    return f"min by (pool, {label}) (min_over_time({_found(context, metric)}[5m])) == 0"


def _found(context: Context, metric: str) -> str:
    return series(metric, namespace=context.settings.namespace)
