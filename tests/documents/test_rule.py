from collections.abc import Iterator

from documents.problem import Problem
from documents.rule import Rule, broken

PARTS = Rule[list[int]](
    id="parts-are-small",
    key="parts.*",
    sentence="A part is at most 9.",
    cure="use a smaller one",
    judge=lambda numbers: _large(numbers),
)
WHOLE = Rule[list[int]](
    id="whole-is-small",
    key="whole.sum",
    sentence="The whole is at most 12.",
    cure="use fewer parts",
    judge=lambda numbers: [Problem(cause="is too much")] if sum(numbers) > 12 else [],
)


def _large(numbers: list[int]) -> Iterator[Problem]:
    for index, number in enumerate(numbers):
        if number > 9:
            cure = f"use {number - 1}"
            yield Problem(cause=f"is {number}", path=("parts", index), cure=cure)


def test_rules_that_hold_say_nothing():
    assert not list(broken((PARTS, WHOLE), [1, 2]))


def test_everything_that_is_broken_is_told_at_once_below_the_place_of_the_subject():
    assert list(broken((PARTS, WHOLE), [1, 12], ("config", "a"))) == [
        Problem(path=("config", "a", "parts", 1), cause="is 12", cure="use 11"),
        Problem(path=("config", "a", "whole", "sum"), cause="is too much", cure="use fewer parts"),
    ]
