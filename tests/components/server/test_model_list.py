"""The model list of a pool: one immutable ConfigMap, named by its content."""

from typing import Any

import pytest
import yaml

from components.parts.part import name_of, plain
from components.server.model_list import (
    FILE,
    LARGEST_BYTES,
    ModelConfig,
    config_map,
    list_mount,
    list_volume,
    model_list,
)
from settings.config import SettingsError
from tests.samples import committed_manifests, pool, with_models

MODELS = ["qwen3-0.6b", "qwen3-1.7b"]


def listed(**fields: Any) -> list[dict[str, Any]]:
    """Return the entries in a pool's list, as YAML gives them back."""
    return yaml.safe_load(model_list(pool(**fields)))


def test_the_list_holds_the_models_in_order_and_then_their_other_names():
    found = listed(models=MODELS, aliases={"small": "qwen3-0.6b"})

    assert [one["name"] for one in found] == [*MODELS, "small"]
    assert found[-1] == {"name": "small", "alias": "qwen3-0.6b"}


def test_the_same_models_give_the_same_bytes():
    assert model_list(pool(models=MODELS)) == model_list(pool(models=MODELS))


def test_another_list_has_another_name():
    names = {
        name_of(config_map(pool(models=models, aliases=aliases)))
        for models in (MODELS, MODELS[:1], MODELS[::-1])
        for aliases in ({}, {"small": "qwen3-0.6b"})
    }

    assert len(names) == 6


def test_every_config_map_of_every_stack_is_immutable():
    maps = [one for one in committed_manifests() if one["kind"] == "ConfigMap"]

    assert maps
    assert all(one["immutable"] for one in maps)


def test_the_server_reads_the_list_where_it_is_mounted():
    found = pool()

    assert f"{list_mount().mountPath}/{next(iter(plain(config_map(found))['data']))}" == FILE
    assert plain(list_volume(found))["configMap"]["name"] == name_of(config_map(found))


def test_a_list_that_no_config_map_holds_is_refused():
    with pytest.raises(SettingsError, match=rf"pools.chat: .* holds {LARGEST_BYTES}; split"):
        config_map(with_models(pool(), 3000, 60))


def test_the_largest_pool_a_stack_file_allows_fits():
    assert plain(config_map(with_models(pool(), 200, 63)))["data"]


def test_a_pool_has_one_list():
    (part,) = ModelConfig.parts("a", pool())
    assert part.name == f"a-list-{name_of(config_map(pool()))[-8:]}"
