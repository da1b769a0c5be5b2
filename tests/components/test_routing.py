from typing import Any

import pytest

from components.labels import ROLE
from components.network_policy import SERVER_ROLE
from components.routing import EXPOSURE_ROLE, ROUTER_PODS, ROUTER_ROLE, longest_answer
from components.server_pod import grace
from tests.samples import pool


def test_no_role_is_taken_for_another():
    assert len({SERVER_ROLE, ROUTER_ROLE, EXPOSURE_ROLE}) == 3
    assert ROUTER_PODS[ROLE] == ROUTER_ROLE


@pytest.mark.parametrize(
    ("router", "answer", "seconds"),
    [
        ({}, 600, 610),
        ({"timeout": 30}, 30, 120),
        ({"models": {"qwen3-0.6b": {"timeout": 900}}}, 900, 910),
        ({"timeout": 86_400}, 3600, 3610),
    ],
)
def test_a_pod_that_goes_may_finish_the_longest_answer(
    router: dict[str, Any], answer: int, seconds: int
):
    routed = pool(stack_fields={"router": router})

    assert longest_answer(routed.context.settings) == answer
    assert grace(routed) == seconds


def test_without_a_router_a_pod_that_goes_has_two_minutes():
    assert (longest_answer(pool().context.settings), grace(pool())) == (0, 120)
