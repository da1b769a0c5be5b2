"""The metrics that LocalAI has, under its names, in Prometheus' text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

# OpenTelemetry's default bounds, meant for milliseconds; LocalAI feeds seconds into them.
BOUNDS = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
Labels = tuple[tuple[str, str], ...]


def labels(**values: str) -> Labels:
    """Return labels in a fixed order."""
    return tuple(sorted(values.items()))


def shown(pairs: Labels) -> str:
    """Return labels as they are written after a metric's name."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in pairs) + "}"


@dataclass(kw_only=True)
class Metrics:
    """What was counted since the start; safe to use from many threads."""

    counters: Counter[tuple[str, Labels]] = field(
        default_factory=Counter[tuple[str, Labels]], init=False
    )
    durations: dict[Labels, list[float]] = field(
        default_factory=dict[Labels, list[float]], init=False
    )
    lock: Lock = field(default_factory=Lock, init=False)

    def observe(self, method: str, path: str, seconds: float) -> None:
        """Count one answered request; neither status nor model is known to this metric."""
        with self.lock:
            self.durations.setdefault(labels(method=method, path=path), []).append(seconds)

    def account(self, model: str, endpoint: str, usage: Mapping[str, object] | None) -> None:
        """Count the tokens of one inference, or that the engine did not tell them."""
        with self.lock:
            if usage is None:
                reason = labels(endpoint=endpoint, reason="no_usage")
                self.counters["localai_usage_unrecorded_total", reason] += 1
                return
            billed = labels(user="", served_model=model, endpoint=endpoint)
            self.counters["localai_billed_requests_total", billed] += 1
            for kind in ("prompt", "completion"):
                count = usage.get(f"{kind}_tokens")
                tokens = labels(user="", served_model=model, kind=kind)
                self.counters["localai_tokens_total", tokens] += (
                    count if isinstance(count, int) else 0
                )

    def text(self) -> str:
        """Return everything counted."""
        with self.lock:
            lines = [*self._counters(), *self._durations()]
        return "\n".join(lines) + "\n"

    def _counters(self) -> list[str]:
        names = sorted({name for name, _ in self.counters})
        lines: list[str] = []
        for name in names:
            lines.append(f"# TYPE {name} counter")
            lines += [
                f"{name}{shown(pairs)} {count}"
                for (each, pairs), count in sorted(self.counters.items())
                if each == name
            ]
        return lines

    def _durations(self) -> list[str]:
        lines = ["# TYPE api_call histogram"]
        for pairs, seconds in sorted(self.durations.items()):
            for bound in (*map(str, BOUNDS), "+Inf"):
                within = sum(one <= float(bound) for one in seconds)
                lines.append(f"api_call_bucket{shown((*pairs, ('le', bound)))} {within}")
            lines.append(f"api_call_sum{shown(pairs)} {sum(seconds)}")
            lines.append(f"api_call_count{shown(pairs)} {len(seconds)}")
        return lines
