"""How sure a comparison of two shares of right answers is: sizes, intervals and verdicts.

The difference has Newcombe's interval (Statistics in Medicine 17, 1998, method 10), built on
Wilson's for each share. A verdict needs Fisher's exact test in addition, whose share of false
verdicts is never above what is stated, for any size.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, exp, lgamma, sqrt
from statistics import NormalDist

# Two probabilities that are equal but for rounding count as one.
_ROUNDING = 1e-7


class Verdict(StrEnum):
    """What is known of the second version."""

    BETTER = "better"
    WORSE = "worse"
    UNKNOWN = "not yet known"


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many answers of a version were right."""

    right: int
    total: int

    @property
    def share(self) -> float:
        """Return the share of right answers; 0 of none."""
        return self.right / self.total if self.total else 0.0


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Where a figure is, with a stated confidence."""

    low: float
    high: float


def samples(expected: float, least: float, confidence: float, power: float) -> int:
    """Return the answers wanted of each version to find a difference of `least` with `power`.

    `expected` is the share of the first version. The usual formula for two shares, with the
    continuity correction that goes with Fisher's test (Fleiss, chapter 4).
    """
    other = expected - least if expected - least > 0 else expected + least
    normal = NormalDist()
    surely, found = normal.inv_cdf(1 - (1 - confidence) / 2), normal.inv_cdf(power)
    mean = (expected + other) / 2
    spread = surely * sqrt(2 * mean * (1 - mean))
    spread += found * sqrt(expected * (1 - expected) + other * (1 - other))
    plain = (spread / least) ** 2
    return ceil(plain / 4 * (1 + sqrt(1 + 4 / (plain * least))) ** 2)


def wilson(count: Count, confidence: float) -> Interval:
    """Return where a share is; all of 0 to 1 where nothing was seen."""
    if not count.total:
        return Interval(low=0.0, high=1.0)
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    n, share = count.total, count.share
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(low=max(0.0, middle - half), high=min(1.0, middle + half))


def difference(first: Count, second: Count, confidence: float) -> Interval:
    """Return where the share of the second less that of the first is."""
    one, two = wilson(first, confidence), wilson(second, confidence)
    apart = second.share - first.share
    down = sqrt((second.share - two.low) ** 2 + (one.high - first.share) ** 2)
    up = sqrt((two.high - second.share) ** 2 + (first.share - one.low) ** 2)
    return Interval(low=max(-1.0, apart - down), high=min(1.0, apart + up))


def chance(first: Count, second: Count) -> float:
    """Return how often chance alone would part two equal versions so far, or further (Fisher)."""
    right, total = first.right + second.right, first.total + second.total
    least, most = max(0, right - second.total), min(right, first.total)

    def logarithm(number: int) -> float:
        return _choose(first.total, number) + _choose(second.total, right - number)

    whole = _choose(total, right)
    here = exp(logarithm(first.right) - whole)
    every = (exp(logarithm(number) - whole) for number in range(least, most + 1))
    return min(1.0, sum(one for one in every if one <= here * (1 + _ROUNDING)))


def verdict(first: Count, second: Count, wanted: int, confidence: float) -> Verdict:
    """Return what is known of the second version once `wanted` answers of each are there."""
    if min(first.total, second.total) < wanted:
        return Verdict.UNKNOWN
    apart = difference(first, second, confidence)
    if apart.low <= 0 <= apart.high or chance(first, second) >= 1 - confidence:
        return Verdict.UNKNOWN
    return Verdict.BETTER if apart.low > 0 else Verdict.WORSE


def _choose(total: int, number: int) -> float:
    return lgamma(total + 1) - lgamma(number + 1) - lgamma(total - number + 1)
