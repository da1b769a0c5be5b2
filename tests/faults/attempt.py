"""What came of injecting one fault once, and the report over many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One fault: whether all is as declared in the end, after how many seconds, and what was seen.

    `seconds` run from the end of the fault until the last command of the recovery ended.
    """

    recovered: bool
    seconds: float
    seen: str


def table(attempts: Mapping[str, Sequence[Attempt]]) -> str:
    """Return attempts by the name of their fault as a Markdown table."""
    head = "| Fault | Repetitions | Recovered | p50 s | p95 s | Seen |"
    rows = [_row(name, found) for name, found in attempts.items() if found]
    return "\n".join([head, "|---|---:|---:|---:|---:|---|", *rows])


def _row(name: str, found: Sequence[Attempt]) -> str:
    recovered = sum(one.recovered for one in found)
    seconds = [one.seconds for one in found]
    # A single figure has no spread, and quantiles want two.
    cuts = quantiles(seconds * 2 if len(seconds) == 1 else seconds, n=20, method="inclusive")
    seen = "; ".join(f"{what}: {count}" for what, count in sorted(_counted(found).items()))
    return f"| {name} | {len(found)} | {recovered} | {cuts[9]:.1f} | {cuts[18]:.1f} | {seen} |"


def _counted(found: Sequence[Attempt]) -> Counter[str]:
    return Counter(one.seen for one in found)
