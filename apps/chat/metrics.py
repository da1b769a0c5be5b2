"""What the chat counts, in Prometheus's text format (version 0.0.4)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Seconds until the first part of an answer.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """Counts of one process; all of it is called from one thread."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.in_progress = 0
        self.reachable = False
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0

    def began(self, seconds: float) -> None:
        """Note how long the first part of an answer took."""
        self._buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds += seconds

    def text(self) -> str:
        """Return all of it."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from _head("chat_models_reachable", "gauge", "Whether the models answered last.")
        yield f"chat_models_reachable {int(self.reachable)}"
        yield from _head("chat_answers_in_progress", "gauge", "Answers being written.")
        yield f"chat_answers_in_progress {self.in_progress}"
        yield from _head("chat_answers_total", "counter", "Answers by how they ended.")
        for result, count in sorted(self.answers.items()):
            yield f'chat_answers_total{{result="{result}"}} {count}'
        name = "chat_first_part_seconds"
        yield from _head(name, "histogram", "Seconds until the first part of an answer.")
        for bound, count in zip((*BUCKETS, "+Inf"), accumulate(self._buckets), strict=True):
            yield f'{name}_bucket{{le="{bound}"}} {count}'
        yield f"{name}_sum {self._seconds:.6f}"
        yield f"{name}_count {sum(self._buckets)}"


def _head(name: str, kind: str, said: str) -> Iterator[str]:
    yield f"# HELP {name} {said}"
    yield f"# TYPE {name} {kind}"
