"""Percentiles are right, limits are judged as declared, and no latency is told that is our own."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.acceptance.figures import Chatted, Spread, Tally, judged
from proof.finding import Check, Verdict
from settings.acceptance import LoadSettings

DURATIONS = st.lists(st.floats(1e-5, 1e4), min_size=1, max_size=50)


def load(**fields: Any) -> LoadSettings:
    known = {"chatsPerMinute": 600, "seconds": 1, "firstTokenMilliseconds": 100,
             "betweenTokensMilliseconds": 20}  # fmt: skip
    return LoadSettings.model_validate({**known, **fields})


def tally(wanted: LoadSettings, chats: list[Chatted]) -> Tally:
    made = Tally(load=wanted)
    for chat in chats:
        made.add(chat)
    return made


def chat(number: int = 0, **fields: Any) -> Chatted:
    chatted = Chatted(due=number / 10, late=0.001, whole=0.2, first=0.05, gaps=(0.01, 0.01))
    return replace(chatted, **fields)


def verdicts(made: Tally, wanted: LoadSettings | None = None) -> dict[Check, Verdict]:
    figures = made.figures("chat", "assistant")
    return {one.check: one.verdict for one in judged(figures, wanted or made.load)}


@given(durations=DURATIONS, part=st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_percentile_is_within_one_percent_of_the_exact_one(durations: list[float], part: float):
    spread = Spread()
    for one in durations:
        spread.add(one)
    exact = sorted(durations)[max(0, -(-round(part * 100) * len(durations) // 100) - 1)]
    assert spread.at(part) == pytest.approx(exact, rel=0.01)
    assert spread.at(1.0) <= spread.most == max(durations)


def test_a_run_within_its_limits_passes_and_its_figures_say_how_it_went():
    made = tally(load(), [chat(number) for number in range(10)])
    assert set(verdicts(made).values()) == {Verdict.PASS}
    figures = made.figures("chat", "assistant")
    assert (figures["begun"], figures["answered"], figures["behind"]) == (10, 10, False)
    assert figures["first_token"]["p95"] == pytest.approx(50, rel=0.01)
    assert figures["between_tokens"]["most"] == pytest.approx(10)
    assert figures["rate"]["declared"] == 10
    assert figures["rate"]["begun"] == pytest.approx(10, rel=0.01)
    assert figures["rate"]["tokens"] == pytest.approx(30 / 1.1, rel=0.01)


@pytest.mark.parametrize(
    ("fields", "check"),
    [({"first": 0.11}, Check.FIRST_TOKEN), ({"gaps": (0.03,)}, Check.BETWEEN_TOKENS),
     ({"gaps": ()}, Check.BETWEEN_TOKENS), ({"wrong": "answered 429"}, Check.FAILING)],
)  # fmt: skip
def test_what_is_over_a_limit_fails_and_says_what_to_do(fields: dict[str, Any], check: Check):
    made = tally(load(), [chat(number, **fields) for number in range(10)])
    assert verdicts(made)[check] is Verdict.FAIL
    (found,) = [one for one in judged(made.figures("", "a"), made.load) if one.check is check]
    assert found.cure


def test_failing_chats_pass_up_to_the_declared_share_and_not_one_more():
    wanted = load(failingPercent=10)
    chats = [chat(number) for number in range(9)]
    one, two = chat(9, wrong="answered 500"), chat(8, wrong="answered 500")
    assert verdicts(tally(wanted, [*chats, one]))[Check.FAILING] is Verdict.PASS
    assert verdicts(tally(wanted, [*chats[:8], one, two]))[Check.FAILING] is Verdict.FAIL


@pytest.mark.parametrize("late", [0.003, 5.0])
def test_a_generator_that_was_late_tells_no_latency(late: float):
    made = tally(load(), [chat(number, late=late) for number in range(10)])
    figures = made.figures("chat", "assistant")
    assert (figures["behind"], figures["first_token"], figures["between_tokens"]) == (
        True, None, None,
    )  # fmt: skip
    found = verdicts(made)
    assert found.pop(Check.FAILING) is Verdict.PASS
    assert set(found.values()) == {Verdict.UNSEEN}


def test_a_run_that_began_too_few_chats_is_not_seen_to_have_kept_its_rate():
    made = tally(load(), [chat(number) for number in range(9)])
    assert verdicts(made)[Check.RATE] is Verdict.UNSEEN


@pytest.mark.parametrize(
    "fields", [{"chatsPerMinute": 1200}, {"seconds": 2}, {"tokens": 8}, {"ask": "Why?"}]
)
def test_figures_of_another_load_do_not_count(fields: dict[str, Any]):
    made = tally(load(), [chat(number) for number in range(10)])
    assert verdicts(made, load(**fields))[Check.RATE] is Verdict.FAIL


def test_stricter_limits_judge_the_same_figures_anew():
    made = tally(load(), [chat(number) for number in range(10)])
    assert verdicts(made, load(firstTokenMilliseconds=40))[Check.FIRST_TOKEN] is Verdict.FAIL


def test_a_server_that_fails_in_new_words_each_time_fills_no_memory():
    made = tally(load(), [chat(0, wrong=f"refused {number}") for number in range(1000)])
    assert len(made.failed) == 21
    assert made.failed["of another kind"] == 980


def test_an_hour_is_told_in_at_most_sixty_points():
    made = Tally(load=load(seconds=3600, chatsPerMinute=60))
    for second in range(3600):
        made.add(chat(second * 10))
    course = made.course()
    assert len(course) == 60
    assert {one["begun"] for one in course} == {60}
