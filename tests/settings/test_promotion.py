from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from settings.promotion import PromotionSettings, span


def promotion(**values: Any) -> PromotionSettings:
    return PromotionSettings.model_validate({"from": "staging", **values})


def test_without_more_evidence_of_a_week_is_needed():
    found = promotion()

    assert (found.source, found.evidence.smoke, found.evidence.load) == ("staging", "7d", None)


@pytest.mark.parametrize(
    ("age", "length"),
    [("30m", timedelta(minutes=30)), ("12h", timedelta(hours=12)), ("7d", timedelta(days=7))],
)
def test_an_age_is_a_number_and_a_unit(age: str, length: timedelta):
    assert span(age) == length


def test_what_is_no_age_is_refused():
    with pytest.raises(ValueError, match="7w"):
        span("7w")


def test_two_pools_in_one_are_refused():
    with pytest.raises(ValidationError, match="two pools into chat"):
        promotion(pools={"a": "chat", "b": "chat"})


def test_a_window_ends_after_it_starts():
    window = {"days": ["mon"], "from": "09:00", "until": "09:00"}

    with pytest.raises(ValidationError, match="ends at 09:00, before it starts"):
        promotion(window=window)


def test_names_are_read_as_text():
    found = promotion(
        health=["argo", "verify"],
        window={"days": ["mon", "sun"], "from": "09:00", "until": "16:00"},
    )

    assert list(found.health) == ["argo", "verify"]
    assert found.window
    assert list(found.window.days) == ["mon", "sun"]
