"""Alerts of one pool: is it served at all, is it full, do its Jobs and its claim hold."""

from collections.abc import Iterator, Mapping
from math import ceil

from components.addons.monitoring import exporters
from components.addons.monitoring.alerts import Alert, Severity
from components.addons.monitoring.monitors import settings_of
from components.addons.monitoring.promql import Matching, rate, series, total
from components.pool.pool import Pool
from components.server import rolling
from models.definition import Kind

# A content-named Job, and a pod of a Deployment, as Kubernetes names them.
_CONTENT = "[0-9a-f]{8}"
_POD = "[a-z0-9]{6,10}-[a-z0-9]{5}"


def pool_alerts(pool: Pool) -> Iterator[Alert]:
    """Yield the alerts of a pool; a parked or sleeping one is not missed."""
    if least(pool):
        yield down(pool)
        yield unscraped(pool)
    if least(pool) > 1:
        yield short(pool)
    yield restarting(pool)
    # The pool that lends its claim tells of it, and of the Jobs that fill it.
    if pool.claim and not pool.lender:
        yield job_failed(pool)
        yield claim_nearly_full(pool)


def least(pool: Pool) -> int:
    """Return how many pods are always declared to serve."""
    scaling = pool.settings.scaling
    return scaling.min if scaling else pool.settings.replicas


def available(pool: Pool) -> str:
    """Return the series of a pool's pods that serve."""
    namespace = pool.context.settings.namespace
    return series(exporters.REPLICAS_AVAILABLE, namespace=namespace, deployment=pool.object_name)


def _minutes(seconds: int) -> int:
    return ceil(seconds / 60)


def down(pool: Pool) -> Alert:
    """Return the alert on a pool without any server, unless its first weights still arrive."""
    jobs = _jobs(pool, exporters.JOB_ACTIVE)
    return Alert(
        name="LocalAIPoolDown",
        expression=f"{available(pool)} == 0 or "
        f"(absent({available(pool)}) unless on () (max({jobs}) > 0))",
        # Without a spare pod, a rollout takes the old one away before the new one serves.
        minutes=max(10, _minutes(rolling.ending(pool) + rolling.starting(pool))),
        severity=Severity.CRITICAL,
        summary=f"No server of pool {pool.name} serves; {least(pool)} declared",
        cure=f"kubectl -n {pool.context.settings.namespace} describe deployment {pool.object_name}",
    )


def short(pool: Pool) -> Alert:
    """Return the alert on a pool with fewer servers than declared, for longer than a rollout."""
    return Alert(
        name="LocalAIPoolShort",
        expression=f"{available(pool)} < {least(pool)}",
        minutes=max(30, _minutes(least(pool) * (rolling.ending(pool) + rolling.starting(pool)))),
        severity=Severity.WARNING,
        summary=f"{{{{ $value }}}} of {least(pool)} declared servers of pool {pool.name} serve",
        cure="look for pods that are Pending (no node, GPU or quota left) or not ready",
    )


def unscraped(pool: Pool) -> Alert:
    """Return the alert on servers whose metrics do not arrive: the other alerts would be blind."""
    up = series("up", namespace=pool.context.settings.namespace, service=pool.object_name)
    return Alert(
        name="LocalAINotScraped",
        expression=f"min({up}) == 0 or absent({up})",
        minutes=15,
        severity=Severity.WARNING,
        summary=f"Prometheus gets no metrics of pool {pool.name}",
        cure="compare localai:monitoring (namespace, scraper, labels) with the Prometheus object, "
        "and the API key with the Secret; a 401 in its targets means the key",
    )


def restarting(pool: Pool) -> Alert:
    """Return the alert on servers that keep ending."""
    restarts = series(
        exporters.RESTARTS,
        namespace=pool.context.settings.namespace,
        pod=Matching(pattern=f"{pool.object_name}-{_POD}"),
        container="server",
    )
    return Alert(
        name="LocalAIServerRestarting",
        expression=f"increase({restarts}[1h]) > 3",
        minutes=1,
        severity=Severity.WARNING,
        summary=f"A server of pool {pool.name} restarted "
        "{{ $value | printf `%.0f` }} times in an hour",
        cure="kubectl describe pod {{ $labels.pod }}: OOMKilled means memory or a smaller context",
    )


def job_failed(pool: Pool) -> Alert:
    """Return the alert on a Job that gave up: weights or engines are missing."""
    failed = _jobs(pool, exporters.JOB_FAILED, condition="true")
    return Alert(
        name="LocalAIDownloadFailed",
        expression=f"{failed} > 0",
        minutes=1,
        severity=Severity.CRITICAL,
        summary=f"Job {{{{ $labels.job_name }}}} of pool {pool.name} gave up",
        cure="kubectl logs job/{{ $labels.job_name }}; old servers go on serving, new ones wait",
    )


def _jobs(pool: Pool, metric: str, **labels: str) -> str:
    owner = pool.lender or pool
    name = Matching(pattern=f"{owner.object_name}-(weights|engines)-{_CONTENT}")
    return series(metric, namespace=pool.context.settings.namespace, job_name=name, **labels)


def claim_nearly_full(pool: Pool) -> Alert:
    """Return the alert on a claim that the next model may not fit."""
    labels = {
        "namespace": pool.context.settings.namespace,
        "persistentvolumeclaim": pool.claim,
    }
    percent = settings_of(pool.context).alerts.claim_free_percent
    larger = f"raise storage.size of pool {pool.name}" if pool.settings.storage.size else "grow it"
    free, size = series(exporters.VOLUME_FREE, **labels), series(exporters.VOLUME_SIZE, **labels)
    return Alert(
        name="LocalAIClaimNearlyFull",
        # Every node that mounts the claim reports it.
        expression=f"100 * min({free}) / max({size}) < {percent}",
        minutes=15,
        severity=Severity.WARNING,
        summary=f"Claim {pool.claim} has {{{{ $value | printf `%.0f` }}}} % free",
        cure=f"{larger}; files of models that left stay on the claim",
    )


# core/http/endpoints/localai/metrics.go: labels method and path, where the path is the route.
CALLS = "api_call"
PATHS: Mapping[Kind, str] = {
    Kind.CHAT: ".*/(completions|edits|responses|messages|chat|generate)",
    Kind.EMBEDDINGS: ".*/(embeddings|embed)",
    Kind.RERANK: ".*/rerank",
    Kind.IMAGE: ".*/images/.*",
    Kind.TRANSCRIPTION: ".*/audio/transcriptions",
}
_MINUTES = 10


def saturated(pool: Pool) -> Iterator[Alert]:
    """Yield an alert for each kind of model of a pool."""
    percent = settings_of(pool.context).alerts.saturated_percent
    for kind, slots in slots_by_kind(pool).items():
        yield Alert(
            name="LocalAISaturated",
            expression=f"100 * {in_service(pool, kind)} / ({slots} * sum({available(pool)})) "
            f"> {percent}",
            minutes=_MINUTES,
            severity=Severity.WARNING,
            summary=f"{{{{ $value | printf `%.0f` }}}} % of the {kind.value} slots of pool "
            f"{pool.name} are busy",
            cure="raise replicas, or slots where memory allows; further requests wait or get 503",
        )


def in_service(pool: Pool, kind: Kind) -> str:
    """Return the mean number of requests of a kind that a pool's servers answer at a time."""
    namespace = pool.context.settings.namespace
    paths = Matching(pattern=PATHS[kind])
    calls = series(f"{CALLS}_sum", namespace=namespace, service=pool.object_name, path=paths)
    return total(rate(calls, _MINUTES))


def slots_by_kind(pool: Pool) -> dict[Kind, int]:
    """Return how many requests one pod answers at once, by kind; one where slots are unknown."""
    slots: dict[Kind, list[int]] = {}
    for model in pool.models:
        slots.setdefault(model.kind, []).append(model.slots or 1)
    # Only so many models are in memory.
    return {kind: sum(sorted(each)[-pool.active :]) for kind, each in slots.items()}
