import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.classifier.proportions import (
    Count,
    Verdict,
    chance,
    difference,
    samples,
    verdict,
    wilson,
)

CONFIDENCE = 0.95


def drawn(share: float, total: int, by: random.Random) -> Count:
    return Count(right=sum(by.random() < share for _ in range(total)), total=total)


def verdicts(first: float, second: float, total: int, tests: int = 200) -> list[Verdict]:
    """Return the verdicts of synthetic tests of two versions with these true shares."""
    by = random.Random(f"{first} {second} {total}")  # noqa: S311 (a sample)
    return [
        verdict(drawn(first, total, by), drawn(second, total, by), total, CONFIDENCE)
        for _ in range(tests)
    ]


@pytest.mark.parametrize(("share", "total"), [(0.98, 300), (0.9, 200), (0.5, 400)])
def test_of_200_tests_of_equal_versions_no_more_are_wrong_than_is_stated(share: float, total: int):
    found = verdicts(share, share, total)

    wrong = [one for one in found if one is not Verdict.UNKNOWN]
    assert len(wrong) <= 200 * (1 - CONFIDENCE)


def test_of_200_tests_of_a_worse_version_none_calls_it_better_and_most_find_it():
    total = samples(0.98, 0.05, CONFIDENCE, 0.8)

    found = verdicts(0.98, 0.93, total)

    assert Verdict.BETTER not in found
    assert found.count(Verdict.WORSE) >= 0.75 * 200
    assert Verdict.WORSE not in verdicts(0.93, 0.98, total)


def test_the_stated_confidence_holds_exactly_for_every_outcome_of_a_small_test():
    total, share = 60, 0.9
    odds = [comb(total, n) * share**n * (1 - share) ** (total - n) for n in range(total + 1)]

    wrong = sum(
        odds[one] * odds[two]
        for one in range(total + 1)
        for two in range(total + 1)
        if odds[one] * odds[two] > 1e-9
        and verdict(Count(right=one, total=total), Count(right=two, total=total), total, CONFIDENCE)
        is not Verdict.UNKNOWN
    )

    assert 0 < wrong < 1 - CONFIDENCE


def test_fewer_answers_than_were_planned_give_no_verdict_however_far_apart():
    assert verdict(Count(right=99, total=99), Count(right=0, total=500), 100, 0.95) == (
        Verdict.UNKNOWN
    )
    assert verdict(Count(right=100, total=100), Count(right=0, total=100), 100, 0.95) == (
        Verdict.WORSE
    )


def test_figures_are_those_of_the_literature():
    # Newcombe 1998, table II, (a): 56 of 70 less 48 of 80; Fisher's tea, 3 of 4 cups.
    within = difference(Count(right=48, total=80), Count(right=56, total=70), 0.95)
    assert (round(within.low, 4), round(within.high, 4)) == (0.0524, 0.3339)
    assert round(chance(Count(right=3, total=4), Count(right=1, total=4)), 4) == 0.4857
    # Fleiss, table of sample sizes: 0.95 against 0.90 at 0.05 and 0.80.
    assert samples(0.95, 0.05, 0.95, 0.8) == 474


@given(right=st.integers(0, 200), more=st.integers(0, 200))
def test_an_interval_holds_what_was_seen_and_stays_a_share(right: int, more: int):
    count = Count(right=right, total=right + more)
    within = wilson(count, 0.95)

    assert 0 <= within.low <= count.share + 1e-12 or not count.total
    assert count.share - 1e-12 <= within.high <= 1


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50))
def test_a_verdict_turns_with_its_versions(one: int, extra: int, two: int, other: int):
    first = Count(right=one, total=one + extra)
    second = Count(right=two, total=two + other)
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}

    found = verdict(first, second, 1, 0.9)

    assert verdict(second, first, 1, 0.9) is turned.get(found, found)
