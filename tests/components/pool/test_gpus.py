"""The GPUs of a pod: counted, shared, or claimed."""

from typing import Any

import pytest

from components.parts.part import plain
from components.pool.gpus import amounts, claim_parts, claim_template, labels
from components.pool.pool import Pool
from components.server.local_ai import LocalAI, deployment
from hardware.profile import GIB
from tests.samples import pool

SHARE: dict[str, Any] = {"kind": "time-slicing", "of": 4}


def pod(found: Pool) -> dict[str, Any]:
    return plain(deployment(found))["spec"]["template"]["spec"]


def server(found: Pool) -> dict[str, Any]:
    (container,) = pod(found)["containers"]
    return container["resources"]


@pytest.mark.parametrize(
    ("fields", "resource", "count"),
    [
        ({"gpu": "nvidia-l4"}, "nvidia.com/gpu", "1"),
        ({"gpu": "nvidia-l4", "gpus": 2}, "nvidia.com/gpu", "2"),
        ({"gpu": "amd-mi300x"}, "amd.com/gpu", "1"),
        ({"gpu": "intel-arc-pro-b60"}, "gpu.intel.com/xe", "1"),
        ({"gpu": "nvidia-a100-80gb-mig-2g-20gb"}, "nvidia.com/mig-2g.20gb", "1"),
        ({"gpu": "nvidia-l4", "gpuShare": SHARE}, "nvidia.com/gpu", "1"),
        ({"gpu": "nvidia-l4", "gpuShare": SHARE | {"renamed": True}}, "nvidia.com/gpu.shared", "1"),
    ],
)
def test_a_pod_asks_for_the_resource_its_nodes_offer(
    fields: dict[str, Any], resource: str, count: str
):
    found = server(pool(**fields))

    assert found["requests"][resource] == found["limits"][resource] == count
    assert len(found["limits"]) == len(server(pool())["limits"]) + 1


def test_nodes_of_shared_gpus_are_told_by_product_count_and_strategy():
    assert labels(pool(gpu="nvidia-l4", gpuShare=SHARE)) == {
        "nvidia.com/gpu.product": "NVIDIA-L4-SHARED",
        "nvidia.com/gpu.replicas": "4",
        "nvidia.com/gpu.sharing-strategy": "time-slicing",
    }
    renamed = labels(pool(gpu="nvidia-l4", gpuShare={"kind": "mps", "of": 2, "renamed": True}))
    assert renamed["nvidia.com/gpu.product"] == "NVIDIA-L4"
    assert renamed["nvidia.com/gpu.sharing-strategy"] == "mps"


def test_a_share_holds_its_part_of_the_memory():
    whole, shared = pool(gpu="nvidia-l4"), pool(gpu="nvidia-l4", gpuShare=SHARE)

    assert shared.gpu_memory == whole.gpu_memory // 4
    assert shared.fit.available == whole.fit.available // 4


def test_the_memory_of_an_unknown_gpu_is_the_pools_word():
    assert pool(gpu="vulkan-amd", gpuMemory="16Gi").fit.available == 16 * GIB
    assert pool(gpu="nvidia-l4", gpuMemory="16Gi").fit.available == 16 * GIB


def test_a_split_is_held_against_one_gpu():
    models = ["llama-3.3-70b-instruct"]
    found = pool(gpu="nvidia-l40s", gpus=2, models=models, tensorSplit=[1, 1])

    assert found.fit.available == found.gpu_memory
    assert found.fit.needed < pool(gpu="nvidia-l40s", gpus=2, models=models).fit.needed


CLAIMED: dict[str, Any] = {
    "gpu": "nvidia-l4",
    "gpuClaim": {"count": 2, "selector": "device.driver != ''"},
}


def test_a_claim_names_class_count_and_selector():
    template = claim_template(pool(**CLAIMED))
    assert template
    (request,) = plain(template)["spec"]["spec"]["devices"]["requests"]

    assert request == {
        "name": "gpu",
        "exactly": {
            "deviceClassName": "gpu.nvidia.com",
            "allocationMode": "ExactCount",
            "count": 2,
            "selectors": [{"cel": {"expression": "device.driver != ''"}}],
        },
    }


def test_a_claimed_gpu_is_not_counted_a_second_time():
    found = pool(**CLAIMED)

    assert amounts(found) == {}
    assert not [name for name in server(found)["limits"] if "/" in name]
    assert found.gpus == 2


def test_pod_container_and_template_mean_the_same_claim():
    found = pool(**CLAIMED)
    (part,) = claim_parts("pool-chat", found)
    assert part.manifest

    assert pod(found)["resourceClaims"] == [
        {"name": "gpu", "resourceClaimTemplateName": part.manifest["metadata"]["name"]}
    ]
    assert server(found)["claims"] == [{"name": "gpu"}]


def test_another_claim_is_another_template_so_that_pods_are_replaced():
    one, other = (
        claim_parts("pool-chat", pool(gpu="nvidia-l4", gpuClaim=claim))[0]
        for claim in ({"count": 1}, {"count": 2})
    )

    assert one.manifest
    assert other.manifest
    assert one.manifest["metadata"]["name"] != other.manifest["metadata"]["name"]
    assert one.name != other.name


def test_a_device_class_of_the_stack_comes_before_the_profiles():
    template = claim_template(pool(gpu="amd-mi300x", gpuClaim={"deviceClass": "big.example.com"}))
    assert template
    (request,) = plain(template)["spec"]["spec"]["devices"]["requests"]

    assert request["exactly"]["deviceClassName"] == "big.example.com"


def test_the_template_is_there_before_the_pods():
    kinds = [
        part.manifest["kind"]
        for part in LocalAI.parts("pool-chat", pool(**CLAIMED))
        if part.manifest
    ]

    assert kinds[:2] == ["ResourceClaimTemplate", "Deployment"]


def test_without_a_claim_nothing_is_said_of_one():
    found = pool(gpu="nvidia-l4")

    assert claim_template(found) is None
    assert claim_parts("pool-chat", found) == ()
    assert "resourceClaims" not in pod(found)
    assert "claims" not in server(found)
