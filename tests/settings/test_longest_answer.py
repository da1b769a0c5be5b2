"""One key says how long an answer may take; two could contradict each other."""

import pytest
from pydantic import ValidationError

from documents.validation import problems
from settings.stack.server import ServerSettings
from settings.stack.stack import StackSettings
from tests.samples import settings


@pytest.mark.parametrize("key", ["router", "exposure"])
def test_neither_router_nor_exposure_has_a_timeout_of_its_own(key: str):
    with pytest.raises(ValidationError) as refused:
        settings(**{key: {"timeout": 600}})

    (problem,) = problems(refused.value, StackSettings)
    assert problem.path == (key, "timeout")
    assert "follows the longest answer" in problem.cause
    assert "`longestAnswer` under localai:server" in problem.cure


@pytest.mark.parametrize("seconds", [0, 3601])
def test_an_answer_takes_a_second_at_least_and_an_hour_at_most(seconds: int):
    with pytest.raises(ValidationError):
        ServerSettings.model_validate({"version": "v4.9.0", "longestAnswer": seconds})


def test_two_minutes_are_enough_for_an_answer_where_nothing_else_is_said():
    assert ServerSettings(version="v4.9.0").longest_answer == 120
