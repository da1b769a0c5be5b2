"""The scheduler takes a pod of every GPU profile to a node of that profile, and to no other."""

import json
from collections.abc import Generator, Iterable, Mapping
from typing import Any

import pytest

from components.parts.part import plain
from components.pool.gpus import claim_template
from components.pool.pool import Pool
from components.server.server_pod import server_template
from hardware.profile import GpuProfile
from hardware.profiles import PROFILES
from sandbox.cluster.nodes import FAKE
from sandbox.cluster.sandbox import Sandbox
from tests.samples import pool

pytestmark = pytest.mark.e2e

NAMESPACE = "placement"
ARCH = "kubernetes.io/arch"
SHARES: dict[str, dict[str, Any]] = {
    "turns": {"kind": "time-slicing", "of": 4},
    "halves": {"kind": "mps", "of": 2},
    "renamed": {"kind": "mps", "of": 2, "renamed": True},
}
_SCHEDULED = ("nodeSelector", "tolerations", "resourceClaims", "topologySpreadConstraints")


def node(name: str, labels: Mapping[str, str], capacity: Mapping[str, str]) -> dict[str, Any]:
    """Return a node that is not there, tainted as GPU nodes are."""
    amounts = {
        "cpu": "64",
        "memory": "512Gi",
        "pods": "110",
        "ephemeral-storage": "1Ti",
        **capacity,
    }
    known = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ARCH: "amd64"}
    taints = [{"key": key.split(".shared")[0], "effect": "NoSchedule"} for key in capacity]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**known, **labels}, "annotations": FAKE},
        "spec": {"taints": [taint for taint in taints if "mig-" not in taint["key"]]},
        "status": {"capacity": amounts, "allocatable": amounts},
    }


def profile_node(profile: GpuProfile) -> dict[str, Any]:
    # More than one GPU: a profile without labels may take one of another profile's node.
    return node(f"gpu-{profile.name}", profile.node_selector, {profile.resource: "4"})


def share_node(name: str, share: Mapping[str, Any]) -> dict[str, Any]:
    renamed = share.get("renamed", False)
    labels = {
        "nvidia.com/gpu.product": "NVIDIA-A40" + ("" if renamed else "-SHARED"),
        "nvidia.com/gpu.replicas": str(share["of"]),
        "nvidia.com/gpu.sharing-strategy": share["kind"],
    }
    resource = "nvidia.com/gpu.shared" if renamed else "nvidia.com/gpu"
    return node(f"gpu-share-{name}", labels, {resource: str(share["of"])})


def of_profile(name: str, **fields: Any) -> Pool:
    memory = {} if PROFILES[name].memory else {"gpuMemory": "16Gi"}
    return pool(gpu=name, models=["qwen3-0.6b"], cpu=1, memory="4Gi", **memory, **fields)


def lone_pod(name: str, found: Pool) -> dict[str, Any]:
    """Return what the scheduler looks at of a pool's pod, without its claims for storage."""
    spec = plain(server_template(found))["spec"]
    (server,) = spec["containers"]
    container = {"name": "server", "image": "any", "resources": server["resources"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "containers": [container],
            **{key: spec[key] for key in _SCHEDULED if key in spec},
        },
    }


@pytest.fixture(scope="module")
def rooms(cluster: Sandbox) -> Generator[Sandbox]:
    """Give a cluster with one node of every profile and of every way to share."""
    nodes = [*map(profile_node, PROFILES.values())]
    nodes += [share_node(name, share) for name, share in SHARES.items()]
    cluster.create(nodes)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    cluster.apply([namespace])
    yield cluster
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    names = [one["metadata"]["name"] for one in nodes]
    cluster.kubectl("delete", "node", *names, "--wait=false")


def placed(cluster: Sandbox, pods: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Create pods and return the node of each by the name of its pod."""
    wanted = list(pods)
    cluster.create(wanted)
    names = [f"pod/{one['metadata']['name']}" for one in wanted]
    cluster.kubectl(
        "--namespace", NAMESPACE, "wait", "--for=condition=PodScheduled", *names, "--timeout=60s"
    )
    listed = cluster.kubectl("--namespace", NAMESPACE, "get", "pods", "--output=json")
    nodes = json.loads(cluster.kubectl("get", "nodes", "--output=json"))["items"]
    by_name = {one["metadata"]["name"]: one for one in nodes}
    return {
        one["metadata"]["name"]: by_name[one["spec"]["nodeName"]]
        for one in json.loads(listed)["items"]
    }


def test_a_pod_of_every_profile_lands_on_a_node_that_has_it(rooms: Sandbox):
    pods = [lone_pod(name, of_profile(name)) for name in PROFILES]
    pods += [
        lone_pod(f"share-{name}", of_profile("nvidia-a40", gpuShare=share))
        for name, share in SHARES.items()
    ]
    found = placed(rooms, pods)

    for name, profile in PROFILES.items():
        assert profile.node_selector.items() <= found[name]["metadata"]["labels"].items(), name
        assert profile.resource in found[name]["status"]["allocatable"], name
    for name in SHARES:
        assert found[f"share-{name}"]["metadata"]["name"] == f"gpu-share-{name}"


def devices(name: str, count: int) -> list[dict[str, Any]]:
    """Return the device class of a driver and the devices it offers on one node."""
    attributes = {"productName": {"string": "NVIDIA L40S"}}
    expression = 'device.driver == "gpu.nvidia.com"'
    return [
        {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "DeviceClass",
            "metadata": {"name": "gpu.nvidia.com"},
            "spec": {"selectors": [{"cel": {"expression": expression}}]},
        },
        {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceSlice",
            "metadata": {"name": f"{name}-gpus"},
            "spec": {
                "driver": "gpu.nvidia.com",
                "nodeName": name,
                "pool": {"name": name, "generation": 1, "resourceSliceCount": 1},
                "devices": [
                    {"name": f"gpu-{index}", "attributes": attributes} for index in range(count)
                ],
            },
        },
    ]


def test_claimed_gpus_are_handed_out_by_the_driver_of_the_node_that_has_them(rooms: Sandbox):
    drivers = devices("gpu-nvidia-l40s", 2)
    rooms.apply(drivers)
    product = "device.attributes['gpu.nvidia.com'].productName == 'NVIDIA L40S'"
    claim = {"count": 2, "selector": product}
    wanted = of_profile("nvidia-l40s", gpuClaim=claim)
    template = claim_template(wanted)
    assert template
    manifest = plain(template)
    manifest["metadata"]["namespace"] = NAMESPACE
    try:
        rooms.apply([manifest])
        found = placed(rooms, [lone_pod("claimed", wanted)])
        claims = rooms.kubectl("--namespace", NAMESPACE, "get", "resourceclaims", "--output=json")
    finally:
        rooms.kubectl("delete", "deviceclass", "gpu.nvidia.com")
        rooms.kubectl("delete", "resourceslice", "gpu-nvidia-l40s-gpus")

    assert found["claimed"]["metadata"]["name"] == "gpu-nvidia-l40s"
    (allocated,) = json.loads(claims)["items"]
    results = allocated["status"]["allocation"]["devices"]["results"]
    assert sorted(result["device"] for result in results) == ["gpu-0", "gpu-1"]
