"""What chats under load amount to: percentiles, rates, errors by kind, and whether limits hold."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, exp, log
from typing import Any

from proof.finding import Check, Finding, Verdict
from settings.acceptance import LoadSettings

# Durations within one percent of each other are one: half a percent is the error of a reading.
_STEP = log(1.01)
_SHORTEST = 1e-6
_PARTS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
# Later than that, what is read is the generator's own wait: the error of a reading is to be under
# five percent. Timers of the event loop are whole milliseconds, so two are always allowed.
_LATE_PART, _LATE_MILLISECONDS = 0.05, 2.0
_MOST_KINDS, _LONGEST_KIND = 20, 160
_MOST_BINS = 60


@dataclass
class Spread:
    """Durations in seconds, counted by size, so that an hour of tokens takes little memory."""

    counts: Counter[int] = field(default_factory=Counter[int])
    most: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.counts[round(log(max(seconds, _SHORTEST)) / _STEP)] += 1
        self.most = max(self.most, seconds)

    def at(self, part: float) -> float:
        """Return the duration that this part of all durations does not exceed; 0 of none."""
        missing = ceil(part * self.counts.total())
        for step in sorted(self.counts):
            missing -= self.counts[step]
            if missing <= 0:
                return min(exp(step * _STEP), self.most)
        return self.most

    def milliseconds(self) -> dict[str, float] | None:
        """Return its percentiles and the longest; none of no duration."""
        if not self.counts:
            return None
        known = {name: self.at(part) for name, part in _PARTS.items()}
        return {name: round(1000 * one, 3) for name, one in {**known, "most": self.most}.items()}


@dataclass(frozen=True, kw_only=True)
class Chatted:
    """One chat: when it was due, and what came of it; seconds since the run began, or since due.

    `wrong` says why it failed, and is empty where it did not.
    """

    due: float
    late: float
    whole: float
    first: float = 0.0
    gaps: tuple[float, ...] = ()
    wrong: str = ""


@dataclass
class Bin:
    """The chats that were due in one stretch of a run."""

    begun: int = 0
    failed: int = 0
    first: Spread = field(default_factory=Spread)


@dataclass
class Tally:
    """What is counted while a load runs."""

    load: LoadSettings
    late: Spread = field(default_factory=Spread)
    first: Spread = field(default_factory=Spread)
    between: Spread = field(default_factory=Spread)
    whole: Spread = field(default_factory=Spread)
    failed: Counter[str] = field(default_factory=Counter[str])
    bins: dict[int, Bin] = field(default_factory=dict[int, Bin])
    begun: int = 0
    tokens: int = 0
    last_due: float = 0.0
    ended: float = 0.0

    @property
    def width(self) -> int:
        """Return how many seconds of the run are one bin."""
        return ceil(self.load.seconds / _MOST_BINS)

    def add(self, chat: Chatted) -> None:
        """Count one chat that ended."""
        place = self.bins.setdefault(int(chat.due) // self.width, Bin())
        self.begun += 1
        place.begun += 1
        self.late.add(chat.late)
        self.last_due = max(self.last_due, chat.due + chat.late)
        self.ended = max(self.ended, chat.due + chat.whole)
        if chat.wrong:
            place.failed += 1
            full = len(self.failed) >= _MOST_KINDS and chat.wrong not in self.failed
            self.failed["of another kind" if full else chat.wrong[:_LONGEST_KIND]] += 1
            return
        self.first.add(chat.first)
        place.first.add(chat.first)
        self.whole.add(chat.whole)
        self.tokens += 1 + len(chat.gaps)
        for gap in chat.gaps:
            self.between.add(gap)

    def figures(self, pool: str, name: str) -> dict[str, Any]:
        """Return all of it as plain values: durations in milliseconds, rates a second.

        Latencies are left out where the generator itself fell behind: they would be its own.
        """
        answered = self.begun - self.failed.total()
        late = self.late.milliseconds() or {"p95": 0.0}
        first = self.first.milliseconds()
        allowed = max(_LATE_MILLISECONDS, _LATE_PART * first["p50"] if first else 0)
        behind = not self.late.counts or late["p95"] > allowed or self.begun < self.load.count
        stretch = max(self.last_due, 1 / self.load.rate)
        return {
            "pool": pool,
            "name": name,
            "load": self.load.model_dump(mode="json", by_alias=True, exclude_none=True),
            "begun": self.begun,
            "answered": answered,
            "failed": dict(sorted(self.failed.items())),
            "rate": {
                "declared": round(self.load.rate, 3),
                "begun": round(max(self.begun - 1, 1) / stretch, 3),
                "answered": round(answered / max(self.ended, stretch), 3),
                "tokens": round(self.tokens / max(self.ended, stretch), 3),
            },
            "behind": behind,
            "late": late,
            "first_token": None if behind else first,
            "between_tokens": None if behind else self.between.milliseconds(),
            "whole_answer": None if behind else self.whole.milliseconds(),
        }

    def course(self) -> list[dict[str, Any]]:
        """Return the run by time: what was begun, what failed, and when first tokens came."""
        return [
            {"second": place * self.width, "begun": one.begun, "failed": one.failed,
             "first_token": one.first.milliseconds()}
            for place, one in sorted(self.bins.items())
        ]  # fmt: skip


def judged(figures: Mapping[str, Any], load: LoadSettings) -> Iterator[Finding]:
    """Yield whether the figures of a run hold what is declared now, one finding a limit."""
    yield _rate(figures, load)
    yield _failing(figures, load)
    limits = (
        (Check.FIRST_TOKEN, load.first_token_milliseconds, "first_token"),
        (Check.BETWEEN_TOKENS, load.between_tokens_milliseconds, "between_tokens"),
    )
    for check, most, key in limits:
        if most is not None:
            yield _latency(figures, check, most, key)


def _rate(figures: Mapping[str, Any], load: LoadSettings) -> Finding:
    asked, begun = figures["load"], figures["rate"]["begun"]
    text = f"{figures['begun']} chats begun, {begun:.2f} a second"
    same = {"chatsPerMinute": load.chats_per_minute, "seconds": load.seconds,
            "tokens": load.tokens, "ask": load.ask}  # fmt: skip
    if other := [key for key, value in same.items() if asked.get(key) != value]:
        text = f"was another load: {', '.join(other)} differ from what is declared"
        return _finding(figures, Check.RATE, Verdict.FAIL, text, "load it anew")
    if figures["begun"] < load.count or figures["behind"]:
        late = figures["late"]["p95"]
        text += f", {late:.1f} ms late at p95: the generator fell behind, so no latency is told"
        cure = "use a machine that is less busy, or nearer to the server, or a lower rate"
        return _finding(figures, Check.RATE, Verdict.UNSEEN, text, cure)
    return _finding(figures, Check.RATE, Verdict.PASS, text)


def _failing(figures: Mapping[str, Any], load: LoadSettings) -> Finding:
    count, begun = sum(figures["failed"].values()), figures["begun"]
    text = f"{count} of {begun} failed"
    if count:
        kinds = sorted(figures["failed"].items(), key=lambda one: -one[1])[:3]
        text += ": " + ", ".join(f"{many}x {kind}" for kind, many in kinds)
    # Compared as whole numbers: a share of floats may round to either side.
    if not begun or 100 * count > load.failing_percent * begun:
        cure = f"at most {load.failing_percent} % may: read the server's log"
        return _finding(figures, Check.FAILING, Verdict.FAIL, text, cure)
    return _finding(figures, Check.FAILING, Verdict.PASS, text)


def _latency(figures: Mapping[str, Any], check: Check, most: int, key: str) -> Finding:
    if figures["behind"]:
        return _finding(figures, check, Verdict.UNSEEN, "not told: the generator fell behind")
    if not (seen := figures[key]):
        cure = "look what the server answers; raise `tokens` where one is all it may say"
        return _finding(figures, check, Verdict.FAIL, "no answer showed it", cure)
    text = f"{seen['p95']:.1f} ms at p95, of {most} ms"
    if seen["p95"] > most:
        return _finding(figures, check, Verdict.FAIL, text, "add pods or slots, or raise the limit")
    return _finding(figures, check, Verdict.PASS, text)


def _finding(
    figures: Mapping[str, Any], check: Check, verdict: Verdict, text: str, cure: str = ""
) -> Finding:
    return Finding(
        check=check, pool=figures["pool"], name=figures["name"], verdict=verdict, text=text,
        cure=cure,
    )  # fmt: skip
