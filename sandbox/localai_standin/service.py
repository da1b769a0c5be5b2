"""What the stand-in knows while it runs: the list as read, the models in memory, the counters."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from threading import Lock

from sandbox.localai_standin.loader import Loader
from sandbox.localai_standin.model_list import Entry, loose_files

# OpenTelemetry's default bounds, meant for milliseconds; LocalAI feeds seconds into them.
BOUNDS = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
SCOPE = {
    "otel_scope_name": "github.com/mudler/LocalAI",
    "otel_scope_schema_url": "",
    "otel_scope_version": "",
}
USER = "legacy-api-key"
"""How LocalAI calls whoever has one of the keys of its environment."""

Labels = tuple[tuple[str, str], ...]
# What the libraries of the real server add; of no use to anybody here, so without true values.
OTHERS = """\
# TYPE go_info gauge
go_info{version="stand-in"} 1
# TYPE process_start_time_seconds gauge
process_start_time_seconds 0
# TYPE promhttp_metric_handler_requests_total counter
promhttp_metric_handler_requests_total{code="200"} 0
# TYPE target_info gauge
target_info{service_name="unknown_service:local-ai"} 1
"""


def labels(**values: str) -> Labels:
    """Return labels in a fixed order, with those that every series of LocalAI has."""
    return tuple(sorted({**values, **SCOPE}.items()))


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

    def account(self, model: str, endpoint: str, prompt: int, completion: int) -> None:
        """Count the tokens of one inference."""
        billed = labels(user=USER, served_model=model, endpoint=endpoint)
        with self.lock:
            self.counters["localai_billed_requests_total", billed] += 1
            for kind, count in (("prompt", prompt), ("completion", completion)):
                tokens = labels(user=USER, served_model=model, kind=kind)
                self.counters["localai_tokens_total", tokens] += count

    def unrecorded(self, endpoint: str) -> None:
        """Count an inference whose tokens nobody told."""
        reason = labels(endpoint=endpoint, reason="no_usage")
        with self.lock:
            self.counters["localai_usage_unrecorded_total", reason] += 1

    def text(self) -> str:
        """Return everything counted."""
        with self.lock:
            lines = [*self._counters(), *self._durations()]
        return OTHERS + "\n".join(lines) + "\n"

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


KEY_HEADERS = ("Authorization", "x-api-key", "xi-api-key")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A server that has not answered anything yet; no keys mean that none is needed."""

    entries: Mapping[str, Entry]
    models: Path
    backends: Path
    loader: Loader
    api_keys: frozenset[str] = frozenset()
    upload_bytes: int = 15_000_000
    metrics: Metrics = field(default_factory=Metrics)

    def loose(self) -> list[str]:
        """Return the files right in the models folder, which are models without an entry."""
        return loose_files(self.models)

    def allows(self, headers: Message) -> bool:
        """Tell whether a request has one of the keys, in the first header that is there."""
        sent = next(filter(None, (headers.get(name, "") for name in KEY_HEADERS)), "")
        key = sent.removeprefix("Bearer ").encode()
        known = [hmac.compare_digest(key, one.encode()) for one in self.api_keys]
        return not self.api_keys or any(known)
