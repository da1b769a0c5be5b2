from typing import Any

import pytest

from gitops.planning.cost import pods, price, runs_on
from gitops.planning.output import words
from gitops.planning.rendering.render import rendering
from gitops.planning.rendering.rendering import PoolRecord
from tests.samples import pool_fields, stack

GPUS = {"nvidia-l4": 9}


def record(**fields: Any) -> PoolRecord:
    growth = {"scaling": {"gpus": GPUS}} if fields.get("gpu") else {}
    return rendering(*stack({"chat": pool_fields(**fields)}, **growth)).pools[0]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "CPU"),
        ({"gpu": "nvidia-l4", "gpus": 2}, "2 x nvidia-l4"),
        (
            {"gpu": "nvidia-l4", "gpuShare": {"kind": "time-slicing", "of": 4}},
            "1/4 x nvidia-l4 (time-slicing)",
        ),
        ({"gpu": "nvidia-l4", "gpuClaim": {}}, "1 x nvidia-l4 (by claim)"),
        ({"gpu": "nvidia-l4", "gpus": 2, "tensorSplit": [3, 1]}, "2 x nvidia-l4 (split 3:1)"),
    ],
)
def test_what_a_pod_takes_is_said_with_how_it_takes_it(fields: dict[str, Any], said: str):
    assert runs_on(record(**fields)) == said


@pytest.mark.parametrize(
    ("fields", "count", "cost"),
    [
        ({"replicas": 2}, "2", "$1.61"),
        ({"scaling": {"min": 1, "max": 4, "cpu": 70}}, "1-4", "$0.81-$3.22"),
        ({"scaling": {"min": 2, "max": 2, "cpu": 70}}, "2", "$1.61"),
    ],
)
def test_pods_and_prices_of_an_autoscaler_are_ranges(fields: dict[str, Any], count: str, cost: str):
    found = record(gpu="nvidia-l4", **fields)

    assert (pods(found), price(found)) == (count, cost)
    assert f"{count} pods" in words.pool_line(found)


def test_one_pod_is_no_plural():
    assert "1 pod " in words.pool_line(record())
