"""Alerts of a whole stack: does the cluster converge on what Git says."""

from collections.abc import Iterator

from components.addons.monitoring import exporters
from components.addons.monitoring.alert import Alert, Severity
from components.addons.monitoring.custom_resource import settings_of
from components.addons.monitoring.promql import Matching, either, series
from components.application import ApplicationArgs, application_name
from components.context import Context
from settings.delivery import Delivery

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
