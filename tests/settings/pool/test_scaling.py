"""Bounds and targets of an autoscaler, and those that it could not keep."""

from typing import Any

import pytest
from pydantic import ValidationError

from documents.validation import problems
from settings.config import SettingsError
from settings.pool.pool import PoolSettings
from settings.pool.scaling import StackScaling
from tests.settings.pool.rules import agreeing

MANY = {"size": "20Gi", "access": "ReadWriteMany"}
CPU = {"min": 1, "max": 4, "cpu": 70}


def pool(**fields: Any) -> PoolSettings:
    return agreeing({"models": ["a"], "storage": MANY} | fields)


def refusal(**fields: Any) -> str:
    with pytest.raises((ValidationError, SettingsError)) as caught:
        pool(**fields)
    if isinstance(caught.value, ValidationError):
        return "\n".join(f"{one.cause}; {one.cure}" for one in problems(caught.value, PoolSettings))
    return "\n".join(f"{one.cause}; {one.cure}" for one in caught.value.problems)


def test_the_most_pods_are_those_of_the_autoscaler_and_of_a_rollout():
    assert (pool(scaling=CPU).largest, pool(scaling=CPU, surge=2).most) == (4, 6)
    assert (pool(replicas=3).largest, pool(replicas=3, surge=1).most) == (3, 4)


@pytest.mark.parametrize("replicas", [0, 1, 3])
def test_a_fixed_number_and_an_autoscaler_are_refused_even_where_they_agree(replicas: int):
    found = refusal(replicas=replicas, scaling=CPU)

    assert f"fixes replicas at {replicas} and lets an autoscaler set them" in found
    assert "delete `replicas`, or delete `scaling`" in found


def test_bounds_that_cross_are_refused():
    found = refusal(scaling={"min": 3, "max": 2, "cpu": 70})

    assert "scales from 3 to 2, which is less; raise max or lower min" in found


@pytest.mark.parametrize(
    ("targets", "cause"),
    [
        ({}, "scales by nothing"),
        ({"cpu": 70, "requests": 2}, "scales by cpu and requests"),
        ({"perMinute": 60, "metric": {"name": "a", "value": 1}}, "scales by metric and perMinute"),
    ],
)
def test_an_autoscaler_has_one_target(targets: dict[str, Any], cause: str):
    found = refusal(scaling={"min": 1, "max": 4, **targets})

    assert f"{cause}; give one of cpu, metric, requests, perMinute" in found


@pytest.mark.parametrize("targets", [{"cpu": 70}, {"metric": {"name": "a", "value": 1}}])
def test_no_metric_of_a_pod_wakes_a_pool_that_has_none(targets: dict[str, Any]):
    found = refusal(scaling={"min": 0, "max": 4, **targets})

    assert "scales to zero by" in found
    assert "use `requests` or `perMinute`, which the router counts, or min 1" in found


@pytest.mark.parametrize("targets", [{"requests": 2}, {"perMinute": 30}])
def test_what_a_router_counts_may_wake_a_pool(targets: dict[str, Any]):
    scaling = pool(scaling={"min": 0, "max": 4, **targets}).scaling

    assert scaling
    assert scaling.by_router


def test_a_claim_for_one_node_holds_one_pod_at_most():
    one_node = {"size": "20Gi"}

    assert "scales to 4 pods, but one node at a time can hold its claim" in refusal(
        storage=one_node, scaling=CPU
    )
    assert pool(storage=one_node, scaling={"min": 0, "max": 1, "requests": 2})


@pytest.mark.parametrize(
    "scaling",
    [
        {"min": -1, "max": 1, "cpu": 70},
        {"min": 0, "max": 0, "requests": 1},
        {"min": 1, "max": 1001, "cpu": 70},
        {"min": 1, "max": 2, "cpu": 101},
        {"min": 1, "max": 2, "requests": 0},
        {"min": 1, "max": 2, "cpu": 70, "warmUpSeconds": 5},
        {"min": 1, "max": 2, "metric": {"name": "not a name", "value": 1}},
        {"max": 2, "cpu": 70},
    ],
)
def test_what_no_autoscaler_takes_is_refused(scaling: dict[str, Any]):
    with pytest.raises(ValidationError):
        pool(scaling=scaling)


@pytest.mark.parametrize(
    "address",
    ["prometheus:9090", "http://a b", "http://user@prometheus", "http://p/?query=a", "ftp://p"],
)
def test_an_address_of_prometheus_holds_no_secret_and_no_query(address: str):
    with pytest.raises(ValidationError):
        StackScaling.model_validate({"prometheus": address})

    good = "http://prometheus.monitoring.svc:9090/prefix"
    assert StackScaling.model_validate({"prometheus": good}).prometheus == good
