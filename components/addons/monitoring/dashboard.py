"""One panel of a Grafana dashboard: a title, what it draws, and in which unit."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lightkube.models.core_v1 import ConfigMap

from components.addons.monitoring import exporters, stack_alerts
from components.addons.monitoring.pool_alerts import CALLS, PATHS
from components.addons.monitoring.promql import Matching, rate, series, total
from components.addons.monitoring.scripts.model_check import SECONDS
from components.addons.monitoring.stack_alerts import incomplete
from components.network import router_metrics
from components.parts.context import Context
from components.parts.labels import bounded, metadata
from components.pool.pool import Pool

# A dashboard is 24 columns wide.
_COLUMNS, _WIDTH, _HEIGHT = 24, 8, 8
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


class Unit(StrEnum):
    """A unit as Grafana calls it."""

    COUNT = "short"
    PERCENT = "percent"
    SECONDS = "s"
    BYTES = "bytes"
    REQUESTS = "reqps"
    PER_SECOND = "cps"


@dataclass(frozen=True, kw_only=True)
class Query:
    """An expression, and what its lines are called: `{{label}}` for a label's value."""

    expression: str
    legend: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Lines over time, and what a reader must know of them."""

    title: str
    unit: Unit
    queries: tuple[Query, ...]
    description: str = ""

    def to_dict(self, index: int) -> dict[str, Any]:
        """Return the panel as Grafana reads it, at its place in reading order."""
        row, column = divmod(index * _WIDTH, _COLUMNS)
        return {
            "id": index + 1,
            "type": "timeseries",
            "title": self.title,
            **({"description": self.description} if self.description else {}),
            "datasource": dict(_SOURCE),
            "gridPos": {"x": column, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
            "fieldConfig": {
                "defaults": {"unit": self.unit.value, "min": 0},
                "overrides": list[Any](),
            },
            "targets": [_target(number, query) for number, query in enumerate(self.queries)],
        }


def _target(number: int, query: Query) -> dict[str, Any]:
    return {
        "refId": chr(ord("A") + number),
        "datasource": dict(_SOURCE),
        "expr": query.expression,
        "legendFormat": query.legend,
    }


def dashboard(uid: str, title: str, panels: Iterable[Panel]) -> dict[str, Any]:
    """Return a dashboard that asks the data source which the reader chooses."""
    source = {"name": "datasource", "label": "Data source", "type": "datasource"}
    return {
        "uid": uid,
        "title": title,
        "tags": ["localai"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{**source, "query": "prometheus"}]},
        "panels": [panel.to_dict(index) for index, panel in enumerate(panels)],
    }


_MINUTES = 5
_SERVERS = Matching(pattern="localai-.*")
_TOKENS = (
    "LocalAI counts tokens of chats alone: none of embeddings and rerankings, and none of "
    "completions that are not streamed."
)
_SERVICE, _MODEL = "{{service}}", f"{{{{{stack_alerts.MODEL}}}}}"


def panels(context: Context, pools: Sequence[Pool]) -> Iterator[Panel]:
    """Yield the panels for which the stack has data; each shows all pools."""
    yield from _serving(context)
    yield from _requests(context)
    if context.settings.router:
        yield from _at_the_router(context)
    yield from _room(context, pools)


def _serving(context: Context) -> Iterator[Panel]:
    namespace = context.settings.namespace
    firing = series("ALERTS", alertstate="firing", stack=context.stack)
    available = series(exporters.REPLICAS_AVAILABLE, namespace=namespace, deployment=_SERVERS)
    yield _panel("Alerts that fire", Unit.COUNT, firing, "{{alertname}} {{pool}}")
    yield _panel("Servers that serve", Unit.COUNT, available, "{{deployment}}")
    if context.settings.monitoring and context.settings.monitoring.model_check:
        seconds = f"max by (pool, model) ({series(SECONDS, namespace=namespace)})"
        failing = incomplete(context)
        yield _panel("Declared models that fail the check", Unit.COUNT, failing, "{{pool}}")
        yield _panel("Time of the check's question", Unit.SECONDS, seconds, "{{pool}} {{model}}")


def _requests(context: Context) -> Iterator[Panel]:
    namespace = context.settings.namespace
    paths = Matching(pattern="|".join(PATHS.values()))
    spent = _counted(f"{CALLS}_sum", namespace, "service", path=paths)
    calls = _counted(f"{CALLS}_count", namespace, "service", path=paths)
    tokens = _counted("localai_tokens_total", namespace, "served_model", "kind")
    yield _panel("Requests", Unit.REQUESTS, calls, _SERVICE)
    yield _panel("Requests in service, mean", Unit.COUNT, spent, _SERVICE)
    yield _panel("Time of a request, mean", Unit.SECONDS, f"{spent} / {calls}", _SERVICE)
    yield replace(
        _panel("Tokens of chats", Unit.PER_SECOND, tokens, "{{served_model}} {{kind}}"),
        description=_TOKENS,
    )


def _at_the_router(context: Context) -> Iterator[Panel]:
    answers = total(stack_alerts.counted(context, router_metrics.REQUESTS.name), stack_alerts.MODEL)
    errors, first = stack_alerts.error_percent(context), stack_alerts.first_token(context)
    yield _panel("Requests at the router", Unit.REQUESTS, answers, _MODEL)
    yield _panel("Failing at the router", Unit.PERCENT, errors, _MODEL)
    yield _panel("Time to the first token, p95", Unit.SECONDS, first, _MODEL)


def _room(context: Context, pools: Sequence[Pool]) -> Iterator[Panel]:
    namespace = context.settings.namespace
    free, size = (
        series(name, namespace=namespace) for name in (exporters.VOLUME_FREE, exporters.VOLUME_SIZE)
    )
    memory = series(exporters.MEMORY, namespace=namespace, container="server")
    yield _panel("Memory of servers", Unit.BYTES, memory, "{{pod}}")
    yield _panel(
        "Claims, used", Unit.PERCENT, f"100 * (1 - {free} / {size})", "{{persistentvolumeclaim}}"
    )
    if any(pool.profile and pool.profile.resource.startswith("nvidia.com/") for pool in pools):
        # The GPU operator's monitor lets Prometheus rename the exporter's own label.
        renamed = series(exporters.GPU_USE, exported_namespace=namespace)
        own = series(exporters.GPU_USE, namespace=namespace)
        yield _panel("GPUs, busy", Unit.PERCENT, f"{renamed} or {own}", "{{Hostname}} {{gpu}}")
    if context.settings.quota:
        used, hard = (
            series(exporters.QUOTA, namespace=namespace, type=one) for one in ("used", "hard")
        )
        share = f"100 * {used} / ignoring (type) ({hard} > 0)"
        yield _panel("Quota, used", Unit.PERCENT, share, "{{resource}}")


def _counted(metric: str, namespace: str, *by: str, **labels: Matching) -> str:
    return total(rate(series(metric, namespace=namespace, **labels), _MINUTES), *by)


def _panel(title: str, unit: Unit, expression: str, legend: str) -> Panel:
    return Panel(title=title, unit=unit, queries=(Query(expression=expression, legend=legend),))


# The sidecar's default label (kiwigrid/k8s-sidecar, as the Grafana chart sets it up).
SIDECAR_LABEL = {"grafana_dashboard": "1"}
NAME = "localai-dashboard"
# Grafana allows that many characters.
_LONGEST_UID = 40


def dashboard_map(context: Context, pools: Sequence[Pool]) -> ConfigMap:
    """Return the dashboard under a fixed name, changed in place.

    The sidecar writes each key as a file into one folder for all namespaces: under a new name, the
    new file could be written before the old one of the same name is removed.
    """
    namespace = context.settings.namespace
    uid = bounded(f"localai-{namespace}", _LONGEST_UID)
    document = dashboard(uid, f"LocalAI {context.stack}", panels(context, pools))
    text = json.dumps(document, indent=1) + "\n"
    return ConfigMap(
        metadata=metadata(context, NAME, SIDECAR_LABEL), data={f"localai-{namespace}.json": text}
    )
