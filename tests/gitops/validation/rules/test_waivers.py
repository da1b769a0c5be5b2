from datetime import date, timedelta

import pytest

from documents.problem import Problem
from gitops.validation.rules.rule import Rule
from gitops.validation.rules.waivers import LONGEST, StackWaivers, Waived, apply
from settings.stack.waivers import WaiverSettings

TODAY = date(2027, 1, 31)
RULE = Rule(id="not-root", sentence="It holds.", reason="Because.", cure="mend it")
OTHER = Rule(id="not-privileged", sentence="It holds.", reason="Because.", cure="mend it")


def waiver(rule: str = "not-root", until: date = TODAY, **fields: str) -> WaiverSettings:
    text = "the vendor mends it in March"
    return WaiverSettings.model_validate(
        {"rule": rule, "until": until.isoformat(), "reason": text, **fields}
    )


def found(rule: Rule = RULE, place: str = "Deployment localai-chat") -> Problem:
    return rule.problem(Problem(object=place, cause="is wrong"), "dev")


def applied(problems: list[Problem], *waivers: WaiverSettings) -> Waived:
    def place(index: int) -> tuple[str, int]:
        return "Pulumi.dev.yaml", index + 10

    known = frozenset({RULE.id, OTHER.id})
    return apply(problems, StackWaivers(waivers=waivers, place=place, today=TODAY), known)


def rules(problems: tuple[Problem, ...]) -> list[str]:
    return [one.rule for one in problems]


def test_a_waiver_takes_its_rule_away_on_its_last_day():
    result = applied([found(), found(OTHER)], waiver())

    assert rules(result.found) == ["not-privileged"]
    assert rules(result.waived) == ["not-root"]


@pytest.mark.parametrize("thing", ["Deployment localai-chat", "Deployment localai-*", "*"])
def test_a_waiver_of_an_object_takes_just_that_away(thing: str):
    both = [found(), found(place="Job localai-chat-weights")]
    result = applied(both, waiver(object=thing))

    assert result.waived[0].object == "Deployment localai-chat"
    assert (len(result.found) == 0) == (thing == "*")


def test_a_waiver_that_ran_out_refuses_and_waives_nothing():
    result = applied([found()], waiver(until=TODAY - timedelta(days=1)))

    assert rules(result.found) == ["not-root", "waiver-current"]
    assert str(result.found[1]).startswith(
        "Pulumi.dev.yaml:10: waivers[0]: waives not-root but ran out on 2027-01-30; "
    )
    assert result.found[1].refuses
    assert not result.waived


def test_a_waiver_of_more_than_a_year_refuses():
    late = waiver(until=TODAY + LONGEST + timedelta(days=1))

    assert rules(applied([found()], late).found) == ["not-root", "waiver-current"]
    assert rules(applied([found()], waiver(until=TODAY + LONGEST)).found) == []


def test_a_waiver_of_an_unknown_rule_refuses():
    (one,) = applied([], waiver("no-rot")).found

    assert (one.rule, one.refuses) == ("waiver-known", True)
    assert "no-rot" in str(one)


def test_a_waiver_that_waives_nothing_is_a_note():
    (one,) = applied([found(OTHER)][:0], waiver()).found

    assert (one.rule, one.refuses) == ("waiver-used", False)


def test_the_second_waiver_is_named_by_its_own_line():
    result = applied([found()], waiver(), waiver("not-privileged"))

    assert [str(one).split(": ")[0] for one in result.found] == ["Pulumi.dev.yaml:11"]
