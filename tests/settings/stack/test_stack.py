from typing import Any

import pytest
from pydantic import ValidationError

from settings.stack.delivery import Delivery
from settings.stack.server import EngineSource
from tests.samples import keys, pool_fields, settings


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


@pytest.mark.parametrize(
    "fields",
    [
        {"network": {"clients": ["a"] * 101}},
        {"charts": {"Qdrant": {}}},
    ],
)
def test_a_value_that_no_stack_can_have_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError):
        settings(**fields)
