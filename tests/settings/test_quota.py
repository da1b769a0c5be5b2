"""A quota is a word, or a mapping with room for what nobody declares."""

from typing import Any

import pytest

from gitops.validation.schemas.files import stack_schema
from settings.config import SettingsError, settings_from_config
from settings.quota import DECLARED, QuotaSettings, read_quota
from tests.samples import config, pool_fields, settings

CHART = {"repository": "https://charts.test/a", "chart": "qdrant", "version": "1.15.5"}
GUEST = {"qdrant": CHART}


def refusal(**fields: Any) -> str:
    with pytest.raises(SettingsError) as refused:
        settings_from_config(config(**fields))
    return str(refused.value)


def test_there_is_none_unless_a_stack_asks_for_it():
    assert settings().quota is None


def test_the_word_stands_for_a_quota_without_extra_room():
    assert settings(quota=DECLARED).quota == QuotaSettings()
    assert read_quota({"extraCpu": 1}) == {"extraCpu": 1}


def test_the_engine_hands_out_the_word_as_text_and_room_as_a_mapping():
    assert settings_from_config(config(quota=DECLARED)).quota == QuotaSettings()
    room = settings_from_config(config(quota={"extraCpu": 2})).quota
    assert room == QuotaSettings(extraCpu=2)  # pyright: ignore[reportCallIssue] (the key of the file)


def test_another_word_is_no_quota():
    assert refusal(quota="all") == (
        "config.localai:quota: is not a mapping; write `key: value` lines"
    )


def test_an_editor_admits_the_word_and_the_mapping():
    field = stack_schema()["properties"]["config"]["properties"]["localai:quota"]
    assert field["anyOf"] == [{"enum": [DECLARED]}, {"$ref": "#/$defs/QuotaSettings"}]


def test_a_chart_in_the_namespace_needs_room_that_nobody_can_compute():
    assert "chart qdrant runs pods there too; add quota.extraCpu" in refusal(
        quota=DECLARED, charts=GUEST
    )
    assert settings(quota={"extraCpu": 1, "extraMemory": "1Gi"}, charts=GUEST).quota


def test_a_chart_of_another_namespace_needs_none():
    assert settings(quota=DECLARED, charts={"qdrant": {**CHART, "namespace": "vectors"}}).quota


def test_a_claim_of_somebody_else_has_no_known_size():
    theirs = {"chat": pool_fields(storage={"existing": "theirs"})}
    assert "size of claim theirs; add quota.extraStorage" in refusal(pools=theirs, quota=DECLARED)
    assert settings(theirs, quota={"extraStorage": "20Gi"}).unsized_claims == ("theirs",)


def test_a_claim_that_is_left_behind_goes_on_counting():
    assert settings(
        quota={"extraStorage": "20Gi"}, claims={"abandon": ["localai-chat-storage"]}
    ).unsized_claims == ("localai-chat-storage",)
