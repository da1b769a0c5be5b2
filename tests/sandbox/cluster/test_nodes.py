from typing import cast

import pytest

from hardware.profile import GpuProfile
from hardware.profiles import PROFILES
from sandbox.cluster.nodes import DEFAULT_NODES, FakeNode, gpu_node, node


def test_a_gpu_node_offers_its_gpus_and_keeps_other_pods_away():
    made = node(gpu_node(PROFILES["nvidia-a100-80gb"], 0, gpus=8))
    status = cast("dict[str, dict[str, str]]", made["status"])
    assert status["allocatable"]["nvidia.com/gpu"] == status["capacity"]["nvidia.com/gpu"] == "8"
    taint = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    assert made["spec"] == {"taints": [taint]}


def test_a_cpu_node_has_neither_gpus_nor_taints():
    made = node(FakeNode(name="cpu-0"))
    assert "gpu" not in str(made)
    assert made["spec"] == {"taints": []}


def test_every_node_is_marked_as_fake():
    metadata = [cast("dict[str, object]", node(fake)["metadata"]) for fake in DEFAULT_NODES]
    assert all(one["annotations"] == {"kwok.x-k8s.io/node": "fake"} for one in metadata)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_pods_of_every_profile_find_a_node(profile: GpuProfile):
    def suits(fake: FakeNode) -> bool:
        tolerated = {one.key for one in profile.tolerations} >= {key for key, _ in fake.taints}
        selected = profile.node_selector.items() <= fake.labels.items()
        return tolerated and selected and profile.resource in fake.gpus

    assert any(suits(fake) for fake in DEFAULT_NODES)


def test_no_two_nodes_share_a_name():
    names = [fake.name for fake in DEFAULT_NODES]
    assert len(set(names)) == len(names)
