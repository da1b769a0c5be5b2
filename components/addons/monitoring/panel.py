"""One panel of a Grafana dashboard: a title, what it draws, and in which unit."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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
