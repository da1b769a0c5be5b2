"""Scores of a suite with their confidence intervals, and whether they are better than others."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from random import Random
from statistics import NormalDist, fmean
from typing import Any

from proof.finding import Check, Finding, Verdict
from settings.acceptance import EvaluateSettings

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
_SAMPLES, _SEED = 2000, 13
_MOST_NAMED = 100


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What came of one question; `error` says why it could not be scored, and is empty else.

    `similarity` is the cosine, where a text of the same meaning was expected.
    """

    id: str
    right: bool
    text: str
    error: str = ""
    similarity: float | None = None


class Change(StrEnum):
    """How a score compares with that of a baseline; by chance alone, either may be seen."""

    BETTER = "better"
    WORSE = "worse"
    NOT_KNOWN = "not known"


def share(right: int, count: int) -> dict[str, float]:
    """Return a share with its Wilson interval: Wilson, J. Am. Stat. Assoc. 22 (1927)."""
    part, square = right / count, _Z * _Z
    middle = (part + square / (2 * count)) / (1 + square / count)
    reach = _Z / (1 + square / count) * sqrt(part * (1 - part) / count + square / (4 * count**2))
    return _interval(part, max(0.0, middle - reach), min(1.0, middle + reach))


def mean(values: Sequence[float]) -> dict[str, float]:
    """Return a mean with its interval by bootstrap; the same samples every time."""
    draw = Random(_SEED)  # noqa: S311 (samples, not secrets)
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(_SAMPLES))
    tail = round(_SAMPLES * (1 - CONFIDENCE) / 2)
    # A mean of floats may round past the values that it is of.
    value = fmean(values)
    return _interval(value, min(value, means[tail]), max(value, means[-1 - tail]))


def _interval(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}


def change(now: Mapping[str, float], before: Mapping[str, float]) -> Change:
    """Return how a score compares: by the interval of the difference, of both their intervals.

    Of two shares it is Newcombe's, Statistics in Medicine 17 (1998), method 10.
    """
    apart = now["value"] - before["value"]
    low = apart - sqrt((now["value"] - now["low"]) ** 2 + (before["high"] - before["value"]) ** 2)
    high = apart + sqrt((now["high"] - now["value"]) ** 2 + (before["value"] - before["low"]) ** 2)
    if low > 0:
        return Change.BETTER
    return Change.WORSE if high < 0 else Change.NOT_KNOWN


def figures(scored: Sequence[Scored], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what questions amount to as plain values; `about` says of what."""
    right = sum(one.right for one in scored)
    errors = Counter(one.error[:160] for one in scored if one.error)
    similarities = [one.similarity for one in scored if one.similarity is not None]
    return {
        **about,
        "count": len(scored),
        "right": right,
        "score": share(right, len(scored)),
        "similarity": mean(similarities) if similarities else None,
        "wrong": [one.id for one in scored if not one.right][:_MOST_NAMED],
        "errors": dict(errors.most_common(20)),
    }


def judged(found: Mapping[str, Any], settings: EvaluateSettings) -> Finding:
    """Return whether a score is what is declared now."""
    score, least = found["score"], settings.least_percent
    text = (
        f"{found['suite']}: {found['right']} of {found['count']} right, "
        f"{_percent(score['low'])} to {_percent(score['high'])} with 95 % confidence, "
        f"of {least} %"
    )
    if found["errors"]:
        count, (first, *_) = sum(found["errors"].values()), found["errors"]
        text += f"; {count} could not be scored: {first}"
        return _finding(found, Check.SCORE, Verdict.FAIL, text, "evaluate it anew")
    # As whole numbers, so that no share is rounded to pass.
    if 100 * found["right"] < least * found["count"]:
        named = ", ".join(found["wrong"][:5])
        cure = f"read the answers to {named}: --page has them"
        return _finding(found, Check.SCORE, Verdict.FAIL, text, cure)
    return _finding(found, Check.SCORE, Verdict.PASS, text)


def compared(found: Mapping[str, Any], baseline: Mapping[str, Any], when: str) -> Finding:
    """Return how scores compare with those of a baseline of that time; a worse one fails."""
    changes = {
        key: change(found[key], baseline[key])
        for key in ("score", "similarity")
        if found[key] and baseline[key]
    }
    value, before = found["score"]["value"], baseline["score"]["value"]
    text = f"{found['suite']}: {_percent(value)}, {_percent(before)} on {when}: " + ", ".join(
        f"{key} {one}" for key, one in changes.items()
    )
    if Change.WORSE in changes.values():
        return _finding(found, Check.BASELINE, Verdict.FAIL, text, "look what changed since")
    better = Change.BETTER in changes.values()
    return _finding(found, Check.BASELINE, Verdict.PASS if better else Verdict.UNSEEN, text)


def matching(
    about: Mapping[str, Any], baseline: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, str]:
    """Return the figures of a baseline that may be compared; without one, why none may."""
    same = [one for one in baseline.get("evaluate", ())
            if (one["suite"], one["name"]) == (about["suite"], about["name"])]  # fmt: skip
    if not same:
        return None, f"has no score of {about['name']} in {about['suite']}"
    for key, words in (("digest", "other questions"), ("judge", "another judge"),
                       ("embedder", "another model for embeddings")):  # fmt: skip
        if same[0][key] != about[key]:
            return None, f"scored {about['suite']} with {words}: the two scores say nothing"
    return same[0], ""


def sound(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield where figures contradict themselves, as where somebody wrote them by hand."""
    if found["right"] > found["count"] or found["score"] != share(found["right"], found["count"]):
        yield "its score is not that of its right answers"


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %"


def _finding(
    found: Mapping[str, Any], check: Check, verdict: Verdict, text: str, cure: str = ""
) -> Finding:
    return Finding(
        check=check, pool=found["pool"], name=found["name"], verdict=verdict, text=text, cure=cure
    )
