from typing import Any

import pytest
from pydantic import ValidationError

from settings.stack import Delivery, EngineSource
from tests.samples import KEY, keys, pool_fields, settings


def test_the_least_a_stack_can_say_is_applied_by_the_operator():
    found = settings()

    assert found.delivery is Delivery.OPERATOR
    assert found.server.engines is EngineSource.CLAIM
    assert (found.api_key, found.hub_token, found.charts, found.digests) == (None, None, {}, {})
    assert (found.network.clients, found.network.sources) == ((), ())
    assert (found.claims.adopt, found.claims.abandon) == (False, ())


@pytest.mark.parametrize("key", ["namespace", "cluster", "server", "pools"])
def test_a_stack_without_one_of_four_keys_is_refused(key: str):
    with pytest.raises(ValidationError, match=f"1 validation error for StackSettings\n{key}\n"):
        type(settings()).model_validate({k: v for k, v in keys().items() if k != key})


def test_a_stack_has_a_pool():
    with pytest.raises(ValidationError, match="pools"):
        type(settings()).model_validate(keys() | {"pools": {}})


@pytest.mark.parametrize("name", ["", "Chat", "chat_a", "-a", "p" * 33, "a.b"])
def test_a_pool_is_named_like_a_part_of_a_host(name: str):
    with pytest.raises(ValidationError):
        settings({name: pool_fields()})


def test_rendered_manifests_hold_no_key():
    with pytest.raises(ValidationError, match="delivers rendered manifests but names no apiKey"):
        settings(delivery="rendered")

    assert settings(delivery="rendered", apiKey=KEY).delivery is Delivery.RENDERED


def test_rendered_manifests_adopt_nothing():
    with pytest.raises(ValidationError, match=r"sets claims\.adopt"):
        settings(delivery="rendered", apiKey=KEY, claims={"adopt": True})

    assert settings(claims={"adopt": True}).claims.adopt
    assert not settings(delivery="rendered", apiKey=KEY, claims={"adopt": False}).claims.adopt


@pytest.mark.parametrize(
    ("network", "kept"),
    [("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.1", "10.0.0.1/32"), ("FD00::/8", "fd00::/8")],
)
def test_a_source_is_kept_as_a_network(network: str, kept: str):
    assert settings(network={"sources": [network]}).network.sources == (kept,)


@pytest.mark.parametrize("network", ["10.1.2.3/16", "10.0.0.0/33", "010.0.0.0/8", "a", "", 10])
def test_what_is_no_network_is_refused(network: object):
    with pytest.raises(ValidationError, match=r"network\.sources\.0"):
        settings(network={"sources": [network]})


@pytest.mark.parametrize(
    "fields",
    [
        {"delivery": "helm"},
        {"delivery": 1},
        {"server": {"version": "latest"}},
        {"server": {"version": "v4.9.0", "engines": "download"}},
        {"apiKey": {"secret": "keys"}},
        {"network": {"clients": ["a"] * 101}},
        {"claims": {"adopt": "true"}},
        {"charts": {"Qdrant": {}}},
    ],
)
def test_a_value_that_no_stack_can_have_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError):
        settings(**fields)
