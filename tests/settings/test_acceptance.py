"""What is asked of a running stack: how many chats a load is, and that no object depends on it."""

from typing import Any

import pytest

from settings.acceptance import LoadSettings
from settings.config import settings_from_config
from stack import stack_parts
from tests.samples import config, stack

LOAD = {"load": {"qwen3-0.6b": {"chatsPerMinute": 90, "seconds": 10}}}


@pytest.mark.parametrize(
    ("a_minute", "seconds", "count"), [(90, 10, 15), (60, 1, 1), (1, 1, 1), (18_000, 60, 18_000)]
)
def test_a_load_has_so_many_chats_and_at_least_one(a_minute: int, seconds: int, count: int):
    load = LoadSettings.model_validate({"chatsPerMinute": a_minute, "seconds": seconds})
    assert load.count == count
    assert load.rate == pytest.approx(a_minute / 60)


@pytest.mark.parametrize("acceptance", [LOAD, {"load": {}}, {}])
def test_no_object_depends_on_what_is_asked(acceptance: dict[str, Any]):
    assert stack_parts(*stack(acceptance=acceptance)) == stack_parts(*stack())


def test_the_engine_hands_it_out_as_json():
    found = settings_from_config(config(acceptance=LOAD)).acceptance
    assert found
    assert found.load["qwen3-0.6b"].seconds == 10
