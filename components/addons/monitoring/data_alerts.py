"""Alerts of add-ons that keep data: do they serve, and can what they keep be had again."""

from collections.abc import Iterator

from components.addons.monitoring import exporters
from components.addons.monitoring.alerts import Alert, Severity
from components.addons.monitoring.promql import series
from components.network import chat_application, model_registry
from components.parts.context import Context
from components.parts.roles import ANYTHINGLLM_BACKUP_ROLE, BACKUP_ROLE, REGISTRY_ROLE, ROLE

# Six hours until its Job is ended, and half an hour.
_BACKUP_MINUTES = 390


def registry_alerts(context: Context) -> Iterator[Alert]:
    """Yield the alerts of a stack that runs a registry of models."""
    settings = context.settings.mlflow
    if settings:
        yield registry_down(context)
    if settings and settings.backup:
        yield backup_failing(context)


def registry_down(context: Context) -> Alert:
    """Return the alert on a registry without a pod; a change of it takes one minute or two."""
    found = _kept(context, exporters.REPLICAS_AVAILABLE, deployment=model_registry.OBJECT)
    return Alert(
        name="LocalAIRegistryDown",
        expression=f"{found} == 0 or absent({found})",
        minutes=15,
        severity=Severity.WARNING,
        summary="No pod of the registry of models serves: nothing is registered or fetched",
        cure=f"kubectl -n {context.settings.namespace} describe pods -l {ROLE}="
        f"{REGISTRY_ROLE}; the log of its init container names a wrong address; "
        "models in service stay",
    )


def backup_failing(context: Context) -> Alert:
    """Return the alert on a backup that began and did not succeed before its deadline."""
    return _unfinished(
        context, BACKUP_ROLE, "LocalAIRegistryBackupFailing", "the registry of models"
    )


def _unfinished(context: Context, role: str, name: str, what: str) -> Alert:
    job = f"localai-{role}"
    begun, done = (
        _kept(context, metric, cronjob=job)
        for metric in (exporters.CRON_SCHEDULED, exporters.CRON_SUCCEEDED)
    )
    return Alert(
        name=name,
        expression=f"{begun} unless {done} >= {begun}",
        minutes=_BACKUP_MINUTES,
        severity=Severity.WARNING,
        summary=f"The last backup of {what} did not succeed",
        cure=f"kubectl -n {context.settings.namespace} logs job/... of CronJob {job}; then "
        f"kubectl create job --from=cronjob/{job}",
    )


def application_alerts(context: Context) -> Iterator[Alert]:
    """Yield the alerts of a stack that has a chat application."""
    settings = context.settings.anythingllm
    if settings:
        yield application_down(context)
    if settings and settings.backup:
        name = "LocalAIAnythingLLMBackupFailing"
        yield _unfinished(context, ANYTHINGLLM_BACKUP_ROLE, name, "AnythingLLM")
        yield backup_unproven(context, settings.backup.proven_days)


def application_down(context: Context) -> Alert:
    """Return the alert on a chat application without its pod; a change takes half a minute."""
    found = _kept(context, exporters.REPLICAS_AVAILABLE, deployment=chat_application.OBJECT)
    return Alert(
        name="LocalAIAnythingLLMDown",
        expression=f"{found} == 0 or absent({found})",
        minutes=15,
        severity=Severity.WARNING,
        summary="The pod of AnythingLLM does not serve",
        cure=f"kubectl -n {context.settings.namespace} logs deployment/{chat_application.OBJECT} "
        "--all-containers; its container `guard` says which data it refuses",
    )


def backup_unproven(context: Context, days: int) -> Alert:
    """Return the alert on copies of which none was restored on trial for too long."""
    job = f"localai-{chat_application.REHEARSAL_ROLE}"
    done = _kept(context, exporters.CRON_SUCCEEDED, cronjob=job)
    made = _kept(context, exporters.CRON_CREATED, cronjob=job)
    seconds = days * 24 * 60 * 60
    return Alert(
        name="LocalAIAnythingLLMBackupUnproven",
        expression=f"time() - {done} > {seconds} or time() - {made} > {seconds} unless {done}",
        minutes=60,
        severity=Severity.WARNING,
        summary=f"No copy of AnythingLLM was restored on trial for {days} days",
        cure=f"kubectl -n {context.settings.namespace} create job --from=cronjob/{job} rehearsal; "
        "its log says what is wrong with the newest copy",
    )


def _kept(context: Context, metric: str, **labels: str) -> str:
    return series(metric, namespace=context.settings.namespace, **labels)
