"""What must be known of a model before a stack may serve it, whichever command is asked."""

from typing import Any

import pytest

from components.checks.resolve import resolve
from settings.config import SettingsError
from tests.gitops.stacks import catalog
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
