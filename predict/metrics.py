"""What a server counts, in Prometheus's text format (version 0.0.4)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Seconds; 2 is where a watch of a rollout may end it.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """Counts of one process; all of it is called from one thread."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        # Prometheus sees no increase in a series that begins with its first failure.
        self._codes: Counter[int] = Counter({200: 0, 500: 0, 503: 0})
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        self._rows = 0
        self.in_service = 0
        self.ready = False

    def answered(self, code: int, seconds: float, rows: int) -> None:
        """Count an answer of /predict; `rows` are those that were predicted."""
        self._codes[code] += 1
        self._buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds += seconds
        self._rows += rows

    def text(self) -> str:
        """Return all of it."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in self._labels.items())
        yield from _head("predict_model_info", "gauge", "The version that is served.")
        yield f"predict_model_info{{{labels}}} 1"
        yield from _head("predict_ready", "gauge", "Whether a warm-up inference succeeded.")
        yield f"predict_ready {int(self.ready)}"
        yield from _head("predict_requests_total", "counter", "Answers of /predict by code.")
        for code, count in sorted(self._codes.items()):
            yield f'predict_requests_total{{code="{code}"}} {count}'
        yield from _head("predict_rows_total", "counter", "Inputs that were predicted.")
        yield f"predict_rows_total {self._rows}"
        yield from _head("predict_requests_in_service", "gauge", "Requests being predicted.")
        yield f"predict_requests_in_service {self.in_service}"
        yield from _head("predict_duration_seconds", "histogram", "Seconds from body to answer.")
        for bound, count in zip((*BUCKETS, "+Inf"), accumulate(self._buckets), strict=True):
            yield f'predict_duration_seconds_bucket{{le="{bound}"}} {count}'
        yield f"predict_duration_seconds_sum {self._seconds:.6f}"
        yield f"predict_duration_seconds_count {sum(self._buckets)}"


def _head(name: str, kind: str, said: str) -> Iterator[str]:
    yield f"# HELP {name} {said}"
    yield f"# TYPE {name} {kind}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
