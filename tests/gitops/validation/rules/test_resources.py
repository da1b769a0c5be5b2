from typing import Any

import pytest

from tests.gitops.validation.rules.objects import container, found, pod, server, workload

BOTH = {"cpu": "2", "memory": "4Gi"}


def resources(requests: dict[str, str], limits: dict[str, str]) -> dict[str, Any]:
    return server(resources={"requests": requests, "limits": limits})


BROKEN = {
    "nothing": ("resources-set", server(resources=None)),
    "no memory request": ("resources-set", resources({"cpu": "2"}, BOTH)),
    "no processor limit": ("resources-set", resources(BOTH, {"memory": "4Gi"})),
    "an amount that is none": ("resources-set", resources({**BOTH, "cpu": "two"}, BOTH)),
    "a first container without any": (
        "resources-set",
        workload(template=pod(initContainers=[container(resources=None)])),
    ),
    "memory that is lent": ("memory-request-is-limit", resources({**BOTH, "memory": "2Gi"}, BOTH)),
    "fewer GPUs than the limit": (
        "gpu-request-is-limit",
        resources({**BOTH, "nvidia.com/gpu": "1"}, {**BOTH, "nvidia.com/gpu": "2"}),
    ),
    "GPUs without a limit": (
        "gpu-request-is-limit",
        resources({**BOTH, "nvidia.com/gpu": "1"}, BOTH),
    ),
}
WHOLE = {
    "no GPU": resources(BOTH, BOTH),
    "one amount in two units": resources({**BOTH, "memory": "4096Mi"}, BOTH),
    "a processor that is lent": resources({**BOTH, "cpu": "250m"}, BOTH),
    "two GPUs": resources({**BOTH, "nvidia.com/gpu": "2"}, {**BOTH, "nvidia.com/gpu": "2"}),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_resources_that_are_open_are_found(rule: str, manifest: dict[str, Any]):
    assert set(found(manifest)) == {rule}


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_resources_that_are_kept_are_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
