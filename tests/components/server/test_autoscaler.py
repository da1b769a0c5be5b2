"""The autoscaler of a pool: its bounds, its target, and how calm it is."""

from typing import Any

import pytest

from components.parts.part import plain
from components.pool.pool import Pool
from components.server.local_ai import deployment
from components.server.scaling import autoscaler, behavior
from tests.samples import pool


def scaled(**fields: Any) -> Pool:
    wanted = {"min": 2, "max": 5, "cpu": 70} | fields
    return pool(scaling={key: value for key, value in wanted.items() if value is not None})


def spec(found: Pool) -> dict[str, Any]:
    assert found.settings.scaling
    return plain(autoscaler(found, found.settings.scaling))["spec"]


def test_it_scales_the_deployment_of_its_pool_between_its_bounds():
    found = scaled()

    assert spec(found)["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": plain(deployment(found))["metadata"]["name"],
    }
    assert (spec(found)["minReplicas"], spec(found)["maxReplicas"]) == (2, 5)


def test_by_cpu_it_keeps_a_share_of_what_a_pod_reserves():
    (metric,) = spec(scaled())["metrics"]

    assert metric == {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
    }


def test_by_a_metric_it_keeps_the_average_of_the_pods():
    (metric,) = spec(scaled(cpu=None, metric={"name": "busy_slots", "value": 3}))["metrics"]

    assert metric == {
        "type": "Pods",
        "pods": {
            "metric": {"name": "busy_slots"},
            "target": {"type": "AverageValue", "averageValue": "3"},
        },
    }


@pytest.mark.parametrize(("warm_up", "window"), [(10, 300), (150, 300), (200, 400), (3600, 3600)])
def test_a_pod_goes_no_sooner_than_it_takes_to_bring_one_back(warm_up: int, window: int):
    of = scaled(warmUpSeconds=min(warm_up, 600))
    scaling = of.settings.scaling
    assert scaling

    found = behavior(of, scaling.model_copy(update={"warm_up_seconds": warm_up}))
    assert plain(found)["scaleDown"]["stabilizationWindowSeconds"] == window


def test_a_pod_goes_no_sooner_than_it_takes_to_answer():
    server = {"version": "v4.9.0", "longestAnswer": 900}
    slow = pool(stack_fields={"server": server}, scaling={"min": 1, "max": 2, "cpu": 70})

    assert spec(slow)["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 900


def test_the_number_of_pods_is_the_autoscalers_alone():
    assert "replicas" not in plain(deployment(scaled()))["spec"]
