"""Fake nodes: what a cluster pretends to have, as data and as Node objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.profile import GpuProfile
from hardware.profiles import PROFILES

FAKE = {"kwok.x-k8s.io/node": "fake"}


@dataclass(frozen=True, kw_only=True)
class FakeNode:
    """A node that is not there: quantities in Kubernetes notation, taints as key and value.

    `gpus` counts GPUs by the resource that a container asks for.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: tuple[tuple[str, str], ...] = ()
    cpu: str = "16"
    memory: str = "64Gi"
    gpus: Mapping[str, int] = field(default_factory=dict[str, int])


CPUS_A_GPU, MEMORY_A_GPU = 16, 128
"""What a GPU node has beside each GPU: processors, and GiB of memory."""

BOARDS: Mapping[str, int] = {"nvidia-a100-80gb": 8, "nvidia-h100-80gb": 8}
"""GPU profiles whose machines hold more than one GPU, with their number."""

SLICES = 2
"""Slices of a GPU that a node offers, so that their sizes need not add up."""


def gpu_node(profile: GpuProfile, number: int, gpus: int = 1) -> FakeNode:
    """Return a node on which pods of a GPU profile land, and no other pod."""
    return FakeNode(
        name=f"{profile.name}-{number}",
        labels=profile.node_selector,
        taints=tuple((toleration.key, "present") for toleration in profile.tolerations),
        cpu=str(CPUS_A_GPU * gpus),
        memory=f"{MEMORY_A_GPU * gpus}Gi",
        gpus={profile.resource: gpus},
    )


def fake_nodes(profile: GpuProfile) -> tuple[FakeNode, ...]:
    """Return the nodes of a profile: two of those that clouds rent, for two replicas."""
    gpus = SLICES if profile.slice else BOARDS.get(profile.name, 1)
    return tuple(gpu_node(profile, number, gpus) for number in range(2 if profile.price else 1))


DEFAULT_NODES: tuple[FakeNode, ...] = (
    *(fake for profile in PROFILES.values() for fake in fake_nodes(profile)),
    *(FakeNode(name=f"cpu-{number}") for number in range(2)),
)
"""Nodes of every GPU profile and two without a GPU, so that any stack finds its places."""


def node(fake: FakeNode) -> dict[str, object]:
    """Return the Node object of a fake node; kwok fills in the rest of its status."""
    capacity = {"cpu": fake.cpu, "memory": fake.memory, "pods": "110", "ephemeral-storage": "1Ti"}
    capacity.update({resource: str(count) for resource, count in fake.gpus.items()})
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


PROVISIONER = "kubernetes.io/host-path"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def storage_class(name: str, *, default: bool = False) -> dict[str, object]:
    """Return a class whose volumes are made when a pod needs them and deleted with their claim."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": name,
            "annotations": {DEFAULT_CLASS: "true"} if default else {},
        },
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


STORAGE_CLASSES: tuple[dict[str, object], ...] = (
    storage_class("standard", default=True),
    storage_class("fast"),
)
