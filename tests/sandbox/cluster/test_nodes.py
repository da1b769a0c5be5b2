from collections import Counter
from typing import cast

from sandbox.cluster.nodes import DEFAULT_NODES, GPU, PRODUCT, FakeNode, gpu_nodes, node


def test_a_gpu_node_offers_its_gpus_and_keeps_other_pods_away():
    (fake,) = gpu_nodes("nvidia-a100-80gb", "NVIDIA-A100-SXM4-80GB", 1, gpus=8)
    made = node(fake)
    status = cast("dict[str, dict[str, str]]", made["status"])
    assert status["allocatable"][GPU] == status["capacity"][GPU] == "8"
    taint = {"key": GPU, "value": "present", "effect": "NoSchedule"}
    assert made["spec"] == {"taints": [taint]}


def test_a_cpu_node_has_neither_gpus_nor_taints():
    made = node(FakeNode(name="cpu-0"))
    assert GPU not in str(made)
    assert made["spec"] == {"taints": []}


def test_every_node_is_marked_as_fake():
    metadata = [cast("dict[str, object]", node(fake)["metadata"]) for fake in DEFAULT_NODES]
    assert all(one["annotations"] == {"kwok.x-k8s.io/node": "fake"} for one in metadata)


def test_the_default_nodes_are_three_kinds_of_gpu_and_plain_ones():
    products = Counter(fake.labels.get(PRODUCT, "none") for fake in DEFAULT_NODES)
    assert products == {
        "NVIDIA-L4": 2,
        "NVIDIA-L40S": 2,
        "NVIDIA-A100-SXM4-80GB": 1,
        "none": 2,
    }


def test_no_two_nodes_share_a_name():
    names = [fake.name for fake in DEFAULT_NODES]
    assert len(set(names)) == len(names)
