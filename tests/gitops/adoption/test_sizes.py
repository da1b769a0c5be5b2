import pytest

from gitops.adoption.pool import cores, gibibytes
from tests.gitops.adoption.namespaces import Object, hand_made, only_workload


@pytest.mark.parametrize(
    ("resources", "whole", "memory"),
    [
        ({"limits": {"cpu": "2500m", "memory": "16Gi"}}, 3, "16Gi"),
        ({"requests": {"cpu": 2, "memory": "1500M"}}, 2, "2Gi"),
        ({"requests": {"cpu": "0.5"}}, 1, None),
        ({"requests": {"cpu": "1e3m"}, "limits": {"cpu": "1e1", "memory": "2e9"}}, 10, "2Gi"),
        ({}, None, None),
        ({"limits": {"cpu": "many", "memory": "1Xi"}}, None, None),
    ],
)
def test_cores_and_memory_are_rounded_up(resources: Object, whole: int | None, memory: str | None):
    one = only_workload(hand_made(resources=resources))

    assert (cores(one), gibibytes(one)) == (whole, memory)


def test_threads_count_before_cores():
    assert cores(only_workload(hand_made(args=["--threads=8"]))) == 8
