"""A comparison of two versions as text, JSON and HTML: a verdict, and how sure it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from apps.classifier.observed import Plan, Seen
from apps.classifier.plot import Bar, plot
from apps.classifier.proportions import Verdict, chance, difference, verdict, wilson

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}"
    "svg{width:100%;height:auto}td,th{text-align:left;padding:.2em 1em .2em 0}"
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was planned, and what was seen of it."""

    plan: Plan
    seen: Seen

    @property
    def verdict(self) -> Verdict:
        """Return what is known of the second version."""
        plan, seen = self.plan, self.seen
        return verdict(seen.first, seen.second, plan.samples, plan.confidence)


def sentence(report: Report) -> str:
    """Return the verdict with its reason."""
    plan, seen = report.plan, report.seen
    apart = difference(seen.first, seen.second, plan.confidence)
    if report.verdict is not Verdict.UNKNOWN:
        return (
            f"{plan.second} is {report.verdict} than {plan.first}: its share of right answers "
            f"differs by {_between(apart.low, apart.high)} (confidence {plan.confidence:.0%})"
        )
    short = [
        f"{plan.samples - count.total} more of {name}"
        for name, count in ((plan.first, seen.first), (plan.second, seen.second))
        if count.total < plan.samples
    ]
    if short:
        return f"not yet known: answers with known truth are missing, {' and '.join(short)}"
    return (
        f"not yet known: the shares differ by {_between(apart.low, apart.high)}, which may be "
        f"nothing; a smaller difference needs a plan with a smaller `--least`"
    )


def text(report: Report) -> str:
    """Return the report for a terminal."""
    return "".join(f"{line}\n" for line in (sentence(report), "", *_figures(report)))


def data(report: Report) -> dict[str, Any]:
    """Return the report for programs."""
    plan, seen = report.plan, report.seen
    apart = difference(seen.first, seen.second, plan.confidence)
    versions = {
        name: {
            "right": count.right, "total": count.total, "share": count.share,
            "low": wilson(count, plan.confidence).low, "high": wilson(count, plan.confidence).high,
        }
        for name, count in ((plan.first, seen.first), (plan.second, seen.second))
    }  # fmt: skip
    return {
        "verdict": str(report.verdict),
        "sentence": sentence(report),
        "confidence": plan.confidence,
        "samples": plan.samples,
        "versions": versions,
        "difference": {"low": apart.low, "high": apart.high,
                       "value": seen.second.share - seen.first.share},
        "chance": chance(seen.first, seen.second),
        "waiting": dict(seen.waiting),
        "others": seen.others,
    }  # fmt: skip


def html(report: Report) -> str:
    """Return the report as a page that needs nothing from outside."""
    rows = "".join(f"<li>{escape(line)}</li>" for line in _figures(report))
    shares, apart = pictures(report)
    title = f"{report.plan.first} and {report.plan.second}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>\n"
        f"<p><strong>{escape(sentence(report))}</strong></p>\n<ul>{rows}</ul>\n{shares}\n{apart}"
        "</body></html>\n"
    )


def pictures(report: Report) -> tuple[str, str]:
    """Return plots of both shares, and of their difference."""
    plan, seen = report.plan, report.seen
    confidence = plan.confidence
    bars = list[Bar]()
    for name, count in ((plan.first, seen.first), (plan.second, seen.second)):
        within = wilson(count, confidence)
        bars.append(Bar(name=name, low=within.low, value=count.share, high=within.high))
    apart = difference(seen.first, seen.second, confidence)
    value = seen.second.share - seen.first.share
    less = Bar(name=f"{plan.second} less {plan.first}", low=apart.low, value=value, high=apart.high)
    within_words = f"with intervals of {confidence:.0%}"
    return (
        plot(f"Right answers, {within_words}", bars),
        plot(f"Difference, {within_words}", [less], mark=0.0),
    )


def _figures(report: Report) -> Iterator[str]:
    plan, seen = report.plan, report.seen
    for name, count in ((plan.first, seen.first), (plan.second, seen.second)):
        within = wilson(count, plan.confidence)
        yield (
            f"{name}: {count.right} of {count.total} right, {count.share:.2%} "
            f"({within.low:.2%} to {within.high:.2%})"
        )
    yield (
        f"planned: {plan.samples} answers of each, which finds a difference of {plan.least:.1%} "
        f"{plan.power:.0%} of the time; further answers are not looked at"
    )
    yield f"chance alone would part them so far {chance(seen.first, seen.second):.2%} of the time"
    for name, number in sorted(seen.waiting.items()):
        yield f"{name}: {number} answers wait for their truth"
    if seen.others:
        yield f"{seen.others} answers of other versions are left out"


def _between(low: float, high: float) -> str:
    return f"{low * 100:+.2f} to {high * 100:+.2f} points"
