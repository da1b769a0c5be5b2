"""Fake nodes: what a cluster pretends to have, as data and as Node objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

GPU = "nvidia.com/gpu"
PRODUCT = "nvidia.com/gpu.product"
"""The label by which GPU feature discovery tells which GPU a node has."""

FAKE = {"kwok.x-k8s.io/node": "fake"}


@dataclass(frozen=True, kw_only=True)
class FakeNode:
    """A node that is not there: quantities are in Kubernetes notation, taints as key and value."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: tuple[tuple[str, str], ...] = ()
    cpu: str = "16"
    memory: str = "64Gi"
    gpus: int = 0


def gpu_nodes(
    profile: str, product: str, count: int, gpus: int = 1, **size: str
) -> tuple[FakeNode, ...]:
    """Return `count` equal nodes with `gpus` GPUs each, named after a profile and tainted."""
    return tuple(
        FakeNode(
            name=f"{profile}-{number}",
            labels={PRODUCT: product, "nvidia.com/gpu.present": "true"},
            taints=((GPU, "present"),),
            gpus=gpus,
            **size,
        )
        for number in range(count)
    )


DEFAULT_NODES: tuple[FakeNode, ...] = (
    *gpu_nodes("nvidia-l4", "NVIDIA-L4", 2, cpu="16", memory="64Gi"),
    *gpu_nodes("nvidia-l40s", "NVIDIA-L40S", 2, cpu="32", memory="128Gi"),
    *gpu_nodes("nvidia-a100-80gb", "NVIDIA-A100-SXM4-80GB", 1, gpus=8, cpu="128", memory="1Ti"),
    FakeNode(name="cpu-0"),
    FakeNode(name="cpu-1"),
)


def node(fake: FakeNode) -> dict[str, object]:
    """Return the Node object of a fake node; kwok fills in the rest of its status."""
    capacity = {"cpu": fake.cpu, "memory": fake.memory, "pods": "110", "ephemeral-storage": "1Ti"}
    if fake.gpus:
        capacity[GPU] = str(fake.gpus)
    hostname = {
        "kubernetes.io/hostname": fake.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": fake.name,
            "labels": {**hostname, **fake.labels},
            "annotations": FAKE,
        },
        "spec": {
            "taints": [
                {"key": key, "value": value, "effect": "NoSchedule"} for key, value in fake.taints
            ]
        },
        "status": {"capacity": capacity, "allocatable": capacity},
    }
