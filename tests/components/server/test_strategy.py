"""How pods are replaced: a change never waits for a GPU or a claim that is not there."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.parts.part import plain
from components.server.rolling import strategy
from settings.config import SettingsError
from tests.samples import pool


def rolling(surge: int, unavailable: int) -> dict[str, Any]:
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
    }


@pytest.mark.parametrize("gpu", [None, "nvidia-l4"])
@pytest.mark.parametrize(
    ("replicas", "surge", "expected"),
    [
        (0, 0, rolling(0, 1)),
        (1, 0, rolling(0, 1)),
        (2, 0, rolling(0, 1)),
        (5, 0, rolling(0, 1)),
        (0, 1, rolling(1, 0)),
        (1, 1, rolling(1, 0)),
        (3, 2, rolling(2, 0)),
    ],
)
def test_pods_are_replaced_as_the_spare_room_allows(
    gpu: str | None, replicas: int, surge: int, expected: dict[str, Any]
):
    assert plain(strategy(pool(gpu=gpu, replicas=replicas, surge=surge))) == expected


pools = st.fixed_dictionaries(
    {
        "replicas": st.integers(0, 20),
        "surge": st.integers(0, 5),
        "gpu": st.sampled_from([None, "nvidia-l4", "nvidia-l40s"]),
        "storage": st.sampled_from(["ReadWriteOnce", "ReadWriteMany"]).map(
            lambda access: {"size": "100Gi", "access": access}
        ),
    }
)


@given(pools)
def test_no_update_of_a_valid_pool_waits_for_what_is_not_there(fields: dict[str, Any]):
    try:
        update = plain(strategy(pool(**fields)))
    except SettingsError:
        assume(False)
        raise
    at_once = update["rollingUpdate"]

    # `Recreate` excludes the fields of a rolling update, and one pool may be each of these in turn.
    assert update["type"] == "RollingUpdate"

    # A pod beyond `replicas` exists only where the stack declares room for it.
    assert at_once["maxSurge"] <= fields["surge"]
    # Kubernetes refuses an update that may neither add a pod nor remove one.
    assert at_once["maxSurge"] or at_once["maxUnavailable"]
    # No new pod starts beside one that keeps a claim that one node at a time can hold.
    if fields["storage"]["access"] == "ReadWriteOnce":
        assert update == rolling(0, 1)


@pytest.mark.parametrize(
    ("surge", "bounds", "expected"),
    [
        (0, (0, 1), rolling(0, 1)),
        (0, (1, 1), rolling(0, 1)),
        (0, (1, 4), rolling(0, 1)),
        (2, (1, 4), rolling(2, 0)),
    ],
)
def test_pods_of_an_autoscaler_are_replaced_as_the_most_of_them_would_be(
    surge: int, bounds: tuple[int, int], expected: dict[str, Any]
):
    low, high = bounds
    target: dict[str, Any] = {"cpu": 70} if low else {"requests": 2}
    stack = {} if low else {"router": {}, "scaling": {"prometheus": "http://prometheus"}}
    found = pool(stack_fields=stack, surge=surge, scaling={"min": low, "max": high, **target})

    assert plain(strategy(found)) == expected
