"""Alerts of a whole stack: does the cluster converge on what Git says."""

from collections.abc import Iterator

from components.addons.monitoring import exporters
from components.addons.monitoring.alerts import Alert, Severity
from components.addons.monitoring.data_alerts import application_alerts, registry_alerts
from components.addons.monitoring.monitors import CHECK, settings_of
from components.addons.monitoring.promql import Matching, Value, either, rate, series, total
from components.addons.monitoring.scripts.model_check import ANSWERS, INSTALLED, LISTED
from components.charts import ApplicationArgs, application_name
from components.network import router_metrics
from components.parts.context import Context
from settings.stack.delivery import Delivery

# Longer than a sync or an update that waits for a large model.
_MINUTES = 60


def stack_alerts(context: Context) -> Iterator[Alert]:
    """Yield an alert for each way in which a stack is delivered and somebody counts it."""
    deliverer = settings_of(context).delivered_by
    applications = [
        application_name(ApplicationArgs(context=context, name=name, chart=chart))
        for name, chart in context.settings.charts.items()
    ]
    if deliverer and context.settings.delivery is Delivery.OPERATOR:
        yield stack_failing(context, deliverer)
    if deliverer and context.settings.delivery is Delivery.RENDERED:
        applications.append(deliverer)
    if applications:
        yield out_of_sync(applications)
    yield from registry_alerts(context)
    if any(one.rollout for one in context.settings.served_models.values()):
        yield rollout_aborted(context)
    yield from application_alerts(context)


def stack_failing(context: Context, name: str) -> Alert:
    """Return the alert on an operator Stack whose last update failed."""
    return Alert(
        name="LocalAIStackFailing",
        expression=f"max by (name) ({series(exporters.STACK_FAILING, name=name)}) > 0",
        minutes=15,
        severity=Severity.CRITICAL,
        summary=f"The last update of Stack {name} failed: the cluster is not what Git says",
        cure=f"kubectl get stack -A --field-selector metadata.name={name} -o yaml, and the logs of "
        f"its workspace pod; stack {context.stack} goes on serving what it served",
    )


def out_of_sync(names: list[str]) -> Alert:
    """Return the alert on Argo CD Applications that stay different from Git."""
    found = series(
        exporters.ARGO_APPLICATION,
        name=either(names),
        sync_status=Matching(pattern="Synced", absent=True),
    )
    return Alert(
        name="LocalAIOutOfSync",
        expression=f"max by (name, sync_status) ({found}) > 0",
        minutes=_MINUTES,
        severity=Severity.WARNING,
        summary="Application {{ $labels.name }} is {{ $labels.sync_status }}: "
        "the cluster is not what Git says",
        cure="argocd app diff {{ $labels.name }}; somebody changed the cluster, or a sync fails",
    )


def rollout_aborted(context: Context) -> Alert:
    """Return the alert on a version that did not take over: Git still says that it does."""
    found = _kept(context, exporters.ROLLOUT, phase="Degraded")
    return Alert(
        name="LocalAIRolloutAborted",
        expression=f"max by (name) ({found}) > 0",
        minutes=5,
        severity=Severity.WARNING,
        summary="The rollout of {{ $labels.name }} was aborted: the version before serves, and "
        "Git says another one",
        cure=f"kubectl -n {context.settings.namespace} get analysisrun; then "
        f"localai-gitops rollback {context.stack} --aborted",
    )


def _kept(context: Context, metric: str, **labels: str) -> str:
    return series(metric, namespace=context.settings.namespace, **labels)


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


MODEL = "requested_model"
_STATUS = "status_code"
_WINDOW = 5


def router_alerts(context: Context) -> Iterator[Alert]:
    """Yield the alerts of a stack that has a router."""
    yield failing(context)
    yield slow(context)


def counted(context: Context, metric: str, **labels: Value) -> str:
    """Return what a counter of the router grows by per second."""
    found = series(metric, namespace=context.settings.namespace, **labels)
    return rate(found, _WINDOW)


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
