"""Whether the servers of a pool are full: requests in service, of the slots of its models.

LocalAI counts no requests in service, but by Little's law their mean number is the time spent per
second: the rate of the sum of `api_call`, whose buckets are of no use. It has no model label, and
its paths tell kinds of models apart.
"""

from collections.abc import Iterator, Mapping

from components.addons.monitoring.alert import Alert, Severity
from components.addons.monitoring.custom_resource import settings_of
from components.addons.monitoring.pool_alerts import available
from components.addons.monitoring.promql import Matching, rate, series, total
from components.pool import Pool
from models.definition import Kind

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
