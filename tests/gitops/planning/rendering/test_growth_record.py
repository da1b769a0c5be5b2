"""What a rendering keeps of scaling and sharing, with the arithmetic of GPUs and prices."""

from typing import Any

import pytest

from gitops.planning.rendering.render import price, scaling_record, share_record, target
from settings.pool.scaling import ScalingSettings
from tests.samples import pool

GPUS = {"scaling": {"gpus": {"nvidia-l4": 9}}}
CPU = {"min": 1, "max": 4, "cpu": 70}


def test_a_pool_of_a_fixed_size_that_shares_nothing_has_no_record():
    assert scaling_record(pool()) is None
    assert share_record(pool()) is None


def test_gpus_are_those_of_the_most_pods_and_of_a_rollout():
    found = scaling_record(pool(stack_fields=GPUS, gpu="nvidia-l4", gpus=2, scaling=CPU))

    assert found
    assert (found.least, found.most, found.gpus, found.declared) == (1, 4, 8, 9)


def test_shares_are_rounded_up_to_whole_gpus():
    share = {"kind": "mps", "of": 3}
    found = scaling_record(pool(stack_fields=GPUS, gpu="nvidia-l4", gpuShare=share, scaling=CPU))

    assert found
    assert found.gpus == 2


def test_a_share_costs_its_part():
    share = {"kind": "mps", "of": 3}

    # 0.805 a GPU and hour.
    assert price(pool(gpu="nvidia-l4"), 2) == "1.610"
    assert price(pool(gpu="nvidia-l4", gpuShare=share), 1) == "0.2683"
    assert price(pool(gpu="amd-mi300x"), 1) is None
    assert price(pool(), 1) is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cpu": 70}, "CPU (70 % of a pod)"),
        ({"metric": {"name": "busy", "value": 3}}, "metric busy (3 a pod)"),
        ({"requests": 4}, "requests in service (4 a pod)"),
        ({"per_minute": 30}, "requests a minute (30 a pod)"),
    ],
)
def test_a_target_is_said_in_words(fields: dict[str, Any], words: str):
    keys = {"perMinute" if key == "per_minute" else key: one for key, one in fields.items()}

    assert target(ScalingSettings.model_validate({"min": 1, "max": 2, **keys})) == words
