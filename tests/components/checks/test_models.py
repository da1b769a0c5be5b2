"""What must be known of a model before a stack may serve it, whichever command is asked."""

from typing import Any

import pytest

from components.checks.resolve import resolve
from settings.config import SettingsError
from tests.gitops.stacks import catalog, weights
from tests.samples import pool_fields, settings


def refused(*models: str, **edited: dict[str, Any]) -> str:
    try:
        resolve("dev", settings({"talk": pool_fields(models=[*models])}), catalog(**edited))
    except SettingsError as error:
        return str(error)
    return ""


def test_a_chat_model_of_unknown_cache_is_refused():
    said = refused("small", "large", large={"architecture": None})

    assert "pools.talk.models[1]: large has no architecture" in said
    assert "add `architecture` to models/large.yaml: layers, kv_heads and head_dim" in said


@pytest.mark.parametrize("models", [("embedder",), ("ear",), ("painter",), ("small",)])
def test_a_model_without_such_a_cache_and_one_that_nobody_serves_are_taken(models: tuple[str, ...]):
    assert refused(*models, large={"architecture": None}) == ""


@pytest.mark.parametrize(
    ("stack", "taken"),
    [
        ({}, False),
        ({"hubToken": {"secret": "hub", "key": "token"}}, True),
        ({"hub": {"endpoint": "https://hub.example.com"}}, True),
    ],
)
def test_gated_weights_need_a_token_or_a_mirror(stack: dict[str, Any], taken: bool):
    gated = {"weights": {**weights("large", 900_000_000), "gated": True}}
    asked = settings({"talk": pool_fields(models=["large"])}, **stack)
    if taken:
        resolve("dev", asked, catalog(large=gated))
        return
    with pytest.raises(SettingsError, match=r"large is gated at its source.*localai:hubToken"):
        resolve("dev", asked, catalog(large=gated))
