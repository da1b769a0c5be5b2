"""Alerts on what clients get at the router; LocalAI itself counts neither errors nor latency."""

from collections.abc import Iterator

from components.addons.monitoring.alerts import Alert, Severity
from components.addons.monitoring.monitors import settings_of
from components.addons.monitoring.promql import Matching, Value, rate, series, total
from components.network import router_metrics
from components.parts.context import Context

MODEL = "requested_model"
_STATUS = "status_code"
_MINUTES = 5


def router_alerts(context: Context) -> Iterator[Alert]:
    """Yield the alerts of a stack that has a router."""
    yield failing(context)
    yield slow(context)


def counted(context: Context, metric: str, **labels: Value) -> str:
    """Return what a counter of the router grows by per second."""
    found = series(metric, namespace=context.settings.namespace, **labels)
    return rate(found, _MINUTES)


def error_percent(context: Context) -> str:
    """Return the share of requests, by model, that end in errors of ours and not of the client."""
    name = router_metrics.REQUESTS.name
    errors = counted(context, name, **{_STATUS: Matching(pattern="5..")})
    return f"100 * {total(errors, MODEL)} / {total(counted(context, name), MODEL)}"


def first_token(context: Context) -> str:
    """Return the 95th percentile of the seconds to the first token, by model."""
    buckets = counted(context, f"{router_metrics.FIRST_TOKEN.name}_bucket")
    return f"histogram_quantile(0.95, {total(buckets, 'le', MODEL)})"


def failing(context: Context) -> Alert:
    """Return the alert on a model whose requests fail; those that are too long are counted as 400.

    LocalAI answers them with 500 too: see components/addons/router/mistakes.py.
    """
    percent = settings_of(context).alerts.failing_percent
    return Alert(
        name="LocalAIRequestsFailing",
        expression=f"{error_percent(context)} > {percent}",
        minutes=5,
        severity=Severity.CRITICAL,
        summary="{{ $value | printf `%.0f` }} % of the requests for "
        f"{{{{ $labels.{MODEL} }}}} fail at the router",
        cure="compare with LocalAIModelNotAnswering; look at the logs of the router and of the "
        "pools that serve it; roll back if a change came just before",
    )


def slow(context: Context) -> Alert:
    """Return the alert on a model whose streamed answers begin late."""
    seconds = settings_of(context).alerts.first_token_seconds
    return Alert(
        name="LocalAIFirstTokenSlow",
        expression=f"{first_token(context)} > {seconds}",
        minutes=10,
        severity=Severity.WARNING,
        summary=f"The first token of {{{{ $labels.{MODEL} }}}} takes "
        "{{ $value | printf `%.1f` }} s (95th percentile)",
        cure="raise replicas, shorten prompts, or look for a model that is loaded anew each time",
    )
