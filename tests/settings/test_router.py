from typing import Any

import pytest
from pydantic import ValidationError

from settings.router import IMAGE, RouterSettings

DATABASE = {"url": {"secret": "router-database", "key": "url"}, "namespace": "databases"}
KEY = {"secret": "keys", "key": "app"}


def router(**fields: Any) -> RouterSettings:
    return RouterSettings.model_validate(fields)


def test_the_least_a_router_can_say_is_two_pods_with_a_key_of_their_own():
    found = router()

    assert (found.replicas, found.image, found.master_key) == (2, IMAGE, None)
    assert (found.keys, found.models, found.fallbacks) == ({}, {}, {})
    assert (found.load_balance, found.direct, found.virtual_keys) == (False, False, False)
    assert found.health_checks is None


@pytest.mark.parametrize("tag", ["latest", "main-latest", "main-stable", "v1", "nightly"])
def test_an_image_with_a_tag_that_moves_is_refused(tag: str):
    with pytest.raises(ValidationError, match="which moves"):
        router(image=f"ghcr.io/berriai/litellm:{tag}")


@pytest.mark.parametrize("tag", ["v1.106.2", "main-v1.80.0-stable", "1.106.2-ours"])
def test_an_image_of_a_release_is_taken(tag: str):
    assert router(image=f"registry.test/litellm:{tag}").image.endswith(tag)


def test_virtual_keys_need_a_database():
    with pytest.raises(ValidationError, match="keeps in a database, but names none"):
        router(virtualKeys=True)

    assert router(virtualKeys=True, database=DATABASE).virtual_keys


def test_a_database_that_nothing_uses_is_refused():
    with pytest.raises(ValidationError, match="that nothing uses"):
        router(database=DATABASE)


def test_a_database_says_where_it_is_by_namespace_or_network_and_not_by_name():
    with pytest.raises(ValidationError, match="is nowhere"):
        router(virtualKeys=True, database={"url": KEY})
    with pytest.raises(ValidationError, match="is not a network"):
        router(virtualKeys=True, database={"url": KEY, "networks": ["db.example.com"]})


def test_keys_are_declared_or_handed_out_but_not_both():
    with pytest.raises(ValidationError, match="hand them out as well"):
        router(virtualKeys=True, database=DATABASE, keys={"app": KEY})


@pytest.mark.parametrize(
    ("fallbacks", "circle"),
    [
        ({"a": ["a"]}, "a -> a"),
        ({"a": ["b"], "b": ["a"]}, "a -> b -> a"),
        ({"a": ["x", "b"], "b": ["c"], "c": ["a"]}, "a -> b -> c -> a"),
    ],
)
def test_fallbacks_in_a_circle_are_refused(fallbacks: dict[str, list[str]], circle: str):
    with pytest.raises(ValidationError, match=circle):
        router(fallbacks=fallbacks)


def test_two_models_may_fall_back_to_one():
    found = router(fallbacks={"a": ["b", "c"], "b": ["c"]})

    assert found.fallbacks == {"a": ("b", "c"), "b": ("c",)}


def test_a_model_without_fallbacks_is_not_listed():
    with pytest.raises(ValidationError, match="has no fallbacks for a"):
        router(fallbacks={"a": []})


@pytest.mark.parametrize(
    "fields",
    [
        {"replicas": 0},
        {"streamTimeout": 0},
        {"retries": -1},
        {"models": {"a": {"rpm": 0}}},
        {"healthChecks": {"interval": 1}},
        {"masterKey": "sk-1234"},
    ],
)
def test_a_value_that_no_router_can_have_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError):
        router(**fields)
