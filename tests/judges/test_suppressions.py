"""What is suppressed has a reason, and is not much."""

import pytest
from pydantic import ValidationError

from judges.__main__ import JUDGES
from judges.verdict import FILE, MOST, Finding, Verdict, read_suppressions, suppressed

REASON = "A reason that is long enough."
KNOWN = read_suppressions(f"kube-score: [{{checks: [a, b], reason: {REASON}}}]")


def verdict(*checks: str, judge: str = "kube-score", skipped: str = "") -> Verdict:
    found = tuple(Finding(check=one, place="here", detail="wrong") for one in checks)
    return Verdict(judge=judge, seen="2 stacks", findings=found, skipped=skipped)


def left(given: Verdict) -> list[str]:
    return [str(one) for one in suppressed(given, KNOWN).findings]


def test_committed_suppressions_are_of_judges_that_there_are():
    known = read_suppressions(FILE.read_text(encoding="utf-8"))

    assert set(known) <= set(JUDGES)
    assert max(len(one) for one in known.values()) <= MOST


def test_what_is_suppressed_is_no_finding_and_is_counted():
    given = verdict("a", "a", "b")

    assert left(given) == []
    assert suppressed(given, KNOWN).seen == "2 stacks, 2 checks suppressed"


def test_anything_else_stays_a_finding():
    assert left(verdict("a", "b", "c")) == ["here: wrong [c]"]
    assert left(verdict("a", judge="checkov")) == ["here: wrong [a]"]


def test_a_suppression_that_nothing_needs_is_a_finding():
    assert left(verdict("a")) == ["suppressions.yaml: suppresses nothing; delete it [b]"]


def test_a_judge_that_could_not_look_needs_no_suppression():
    assert left(verdict(skipped="nobody answers")) == []


@pytest.mark.parametrize(
    "text",
    [
        "checkov: [{checks: [a]}]",
        "checkov: [{checks: [a], reason: no}]",
        f"checkov: [{{checks: [], reason: {REASON}}}]",
        f"checkov: [{', '.join([f'{{checks: [a], reason: {REASON}}}'] * (MOST + 1))}]",
    ],
)
def test_an_entry_without_a_reason_or_one_too_many_is_refused(text: str):
    with pytest.raises(ValidationError):
        read_suppressions(text)
