"""Intervals are those of the literature, and what they do not tell apart is not told apart."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.acceptance.scores import (
    Change,
    Scored,
    change,
    compared,
    figures,
    judged,
    matching,
    mean,
    share,
    sound,
)
from proof.finding import Verdict
from settings.acceptance import EvaluateSettings

ABOUT: dict[str, Any] = {"pool": "chat", "name": "m", "suite": "facts", "digest": "sha256:0",
                         "judge": None, "embedder": None}  # fmt: skip


def settings(least: int = 80) -> EvaluateSettings:
    return EvaluateSettings.model_validate({"models": ["m"], "leastPercent": least})


def scored(right: int, count: int, **fields: Any) -> dict[str, Any]:
    answers = [Scored(id=f"q{at}", right=at < right, text="a", **fields) for at in range(count)]
    return figures(answers, ABOUT)


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_the_interval_of_a_share_is_wilsons(right: int, count: int, low: float, high: float):
    assert share(right, count) == {"value": round(right / count, 4), "low": low, "high": high}


@given(count=st.integers(1, 1000), data=st.data())
def test_an_interval_holds_its_share_and_stays_within_bounds(count: int, data: st.DataObject):
    found = share(data.draw(st.integers(0, count)), count)
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1


@given(values=st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_a_bootstrap_is_the_same_every_time_and_holds_its_mean(values: list[float]):
    found = mean(values)
    assert found == mean(values)
    assert -1 <= found["low"] <= found["value"] <= found["high"] <= 1


def test_a_bootstrap_agrees_with_the_normal_interval_of_many_values():
    draw = random.Random(1)  # noqa: S311 (samples, not secrets)
    values = [draw.gauss(0.5, 0.1) for _ in range(400)]
    found = mean(values)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * 0.1 / 20, rel=0.15)


@pytest.mark.parametrize(
    ("now", "before", "found"),
    [((95, 100), (70, 100), Change.BETTER), ((70, 100), (95, 100), Change.WORSE),
     ((8, 10), (7, 10), Change.NOT_KNOWN), ((80, 100), (80, 100), Change.NOT_KNOWN)],
)  # fmt: skip
def test_a_change_is_known_where_its_interval_leaves_out_none(
    now: tuple[int, int], before: tuple[int, int], found: Change
):
    assert change(share(*now), share(*before)) is found


@given(one=st.tuples(st.integers(0, 50), st.integers(0, 50)))
def test_better_and_worse_are_each_others_mirror(one: tuple[int, int]):
    mirror = {Change.BETTER: Change.WORSE, Change.WORSE: Change.BETTER}
    there, back = (
        change(share(one[0], 50), share(one[1], 50)),
        change(share(one[1], 50), share(one[0], 50)),
    )
    assert back is mirror.get(there, Change.NOT_KNOWN)


@pytest.mark.parametrize(
    ("right", "verdict"), [(8, Verdict.PASS), (10, Verdict.PASS), (7, Verdict.FAIL)]
)
def test_a_score_passes_from_the_declared_share_on(right: int, verdict: Verdict):
    found = judged(scored(right, 10), settings())
    assert found.verdict is verdict
    assert f"{right} of 10 right, " in found.text
    assert bool(found.cure) is (verdict is Verdict.FAIL)


def test_a_question_that_could_not_be_scored_is_no_pass_however_good_the_rest():
    answers = [
        Scored(id="a", right=True, text="a"),
        Scored(id="b", right=False, text="", error="x"),
    ]
    found = judged(figures(answers, ABOUT), settings(1))
    assert found.verdict is Verdict.FAIL
    assert "1 could not be scored: x" in found.text


def test_a_worse_score_fails_and_one_that_is_not_known_to_be_is_told():
    worse = compared(scored(70, 100), scored(95, 100), "yesterday")
    assert (worse.verdict, worse.text) == (
        Verdict.FAIL, "facts: 70 %, 95 % on yesterday: score worse",
    )  # fmt: skip
    assert compared(scored(8, 10), scored(9, 10), "yesterday").verdict is Verdict.UNSEEN
    assert compared(scored(95, 100), scored(70, 100), "yesterday").verdict is Verdict.PASS
    near, far = scored(9, 9, similarity=0.9), scored(9, 9, similarity=0.5)
    assert compared(far, near, "yesterday").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("other", "why"),
    [({"digest": "sha256:1"}, "scored facts with other questions"),
     ({"judge": {"name": "j", "digest": "d"}}, "scored facts with another judge"),
     ({"embedder": {"name": "e", "digest": "d"}}, "with another model for embeddings"),
     ({"suite": "others"}, "has no score of m in facts"), ({"name": "n"}, "has no score of m")],
)  # fmt: skip
def test_a_baseline_of_something_else_is_not_compared(other: dict[str, Any], why: str):
    assert matching(ABOUT, {"evaluate": [scored(1, 1)]})[0] == scored(1, 1)
    found, said = matching(ABOUT, {"evaluate": [{**scored(1, 1), **other}]})
    assert found is None
    assert why in said


def test_figures_that_contradict_themselves_are_found():
    assert list(sound(scored(7, 10))) == []
    assert list(sound({**scored(7, 10), "right": 9}))
    assert list(sound({**scored(7, 10), "count": 5}))
