import json
import re
from collections.abc import Iterable
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.classifier.data import ClassifierError
from apps.classifier.observed import Plan, plan_of, seen
from apps.classifier.proportions import Verdict
from apps.classifier.report import Report, data, html, pictures, sentence, text

PLAN = Plan(first="1", second="2", samples=100, confidence=0.95, power=0.8, least=0.1)


def answers(version: str, right: int, total: int) -> list[str]:
    """Return lines of answers; what is right is 1."""
    return [
        json.dumps({"id": f"{version}-{n}", "version": version, "label": int(n < right)})
        for n in range(total)
    ]


def truths(lines: Iterable[str]) -> list[str]:
    return [json.dumps({"id": json.loads(line)["id"], "label": 1}) for line in lines]


def report(first: int, second: int, total: int = 100) -> Report:
    lines = answers("1", first, total) + answers("2", second, total)
    return Report(plan=PLAN, seen=seen(PLAN, lines, truths(lines)))


@pytest.mark.parametrize(
    ("first", "second", "total", "known"),
    [
        (80, 97, 100, Verdict.BETTER),
        (97, 80, 100, Verdict.WORSE),
        (90, 91, 100, Verdict.UNKNOWN),
        (10, 90, 99, Verdict.UNKNOWN),
    ],
)
def test_all_forms_say_the_same_verdict(first: int, second: int, total: int, known: Verdict):
    made = report(first, second, total)

    assert data(made)["verdict"] == known
    assert sentence(made) in text(made)
    assert sentence(made) in html(made).replace("&#x27;", "'")
    assert str(known) in sentence(made)


def test_it_says_how_many_answers_are_missing_and_that_it_looks_at_no_more_than_planned():
    assert sentence(report(10, 20, 40)) == (
        "not yet known: answers with known truth are missing, 60 more of 1 and 60 more of 2"
    )
    # The first 100 are all wrong; what comes after them changes nothing.
    lines = answers("1", 0, 100) + answers("2", 0, 100)
    late = [line.replace('"2-', '"late-').replace('"label": 0', '"label": 1') for line in lines]
    assert (
        data(Report(plan=PLAN, seen=seen(PLAN, lines + late, truths(lines + late))))["versions"][
            "2"
        ]["total"]
        == 100
    )


def test_answers_count_once_and_only_with_a_truth_and_for_planned_versions():
    lines = answers("1", 5, 10) + answers("2", 5, 10) + answers("1", 10, 10) + answers("7", 3, 3)

    found = seen(PLAN, lines, truths(answers("1", 0, 8) + answers("2", 0, 10)))

    assert (found.first.right, found.first.total) == (5, 8)
    assert (found.second.total, dict(found.waiting), found.others) == (10, {"1": 2}, 3)


def test_a_page_needs_nothing_from_outside_and_takes_names_as_text():
    plan = replace(PLAN, second="<script>alert(1)</script>")
    lines = answers("1", 80, 100)
    page = html(Report(plan=plan, seen=seen(plan, lines, truths(lines))))

    assert "<script" not in page
    assert re.findall(r"(?:src|href)=", page) == []
    for image in pictures(Report(plan=plan, seen=seen(plan, lines, truths(lines)))):
        assert "&lt;script&gt;" in image


@given(st.lists(st.text(max_size=60), max_size=5))
def test_lines_of_another_form_are_told_by_their_number(lines: list[str]):
    told = ""
    try:
        seen(PLAN, lines, [])
    except ClassifierError as error:
        told = str(error)

    number = next((place for place, line in enumerate(lines, 1) if line.strip()), None)
    assert told.startswith(f"line {number} of the answers is ") if number else not told


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "{}",
        json.dumps({**asdict(PLAN), "samples": "many"}),
        json.dumps({**asdict(PLAN), "samples": 0}),
        json.dumps({**asdict(PLAN), "second": "1"}),
        json.dumps({**asdict(PLAN), "more": 1}),
    ],
)
def test_a_plan_of_another_form_is_refused(broken: str):
    with pytest.raises(ClassifierError, match=r"test\.json"):
        plan_of(broken, "test.json")


def test_a_plan_is_read_as_it_was_written():
    assert plan_of(json.dumps(asdict(PLAN)), "test.json") == PLAN
