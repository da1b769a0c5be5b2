"""Shapes that people run, of which each was once read wrongly."""

import json
from typing import Any

import pytest

from gitops.adoption.placement import placement
from gitops.adoption.workload import Workload, variables
from gitops.adoption.yaml_text import yaml_text
from hardware.profiles import PROFILES
from models.definition import Role

GPU = {"nvidia.com/gpu.product": "NVIDIA-L4"}


def workload(limits: dict[str, str], labels: dict[str, str]) -> Workload:
    container = {
        "name": "server",
        "image": "localai/localai:v4.9.0",
        "resources": {"limits": limits},
    }
    pod = {"containers": [container], "nodeSelector": labels}
    manifest: dict[str, Any] = {
        "kind": "Deployment", "metadata": {"name": "llm"}, "spec": {"template": {"spec": pod}},
    }  # fmt: skip
    return Workload(manifest, {})


def test_a_slice_is_a_gpu_and_never_a_cpu():
    product = "NVIDIA-H100-80GB-HBM3-MIG-3g.40gb"
    labels = {"nvidia.com/gpu.product": product}
    made = placement(
        workload({"nvidia.com/mig-3g.40gb": "1"}, labels), "nvidia-h100-80gb-mig-3g-40gb", PROFILES
    )

    assert made.keys["gpu"] == "nvidia-h100-80gb-mig-3g-40gb"


LIMITS = [("nvidia.com/gpumem", "8000"), ("nvidia.com/gpu", "1"), ("nvidia.com/gpucores", "30")]


@pytest.mark.parametrize("limits", [LIMITS, LIMITS[::-1], [LIMITS[1], LIMITS[0], LIMITS[2]]])
def test_megabytes_of_a_gpu_are_not_taken_for_gpus(limits: list[tuple[str, str]]):
    made = placement(workload(dict(limits), GPU), None, PROFILES)

    assert (made.keys["gpu"], made.keys.get("gpus")) == ("nvidia-l4", None)


@pytest.mark.parametrize(
    "container",
    [
        {"command": ["/bin/sh", "-c"], "args": ["exec local-ai run --context-size 16384"]},
        {"args": ["/usr/bin/local-ai", "run", "--context-size=16384"]},
        {"command": ["/local-ai"], "args": ["--context-size", "16384"]},
        {"args": ["sh", "-c", "sleep 5 && local-ai --context-size 16384"]},
    ],
)
def test_a_line_of_a_shell_is_read_as_its_server_reads_it(container: dict[str, Any]):
    told = variables(container, {})

    assert (told.number("LOCALAI_CONTEXT_SIZE"), told.models) == (16384, ())


def test_a_name_of_an_enumeration_is_written_as_text():
    assert json.loads(json.dumps({str(Role.MMPROJ): 1})) == {"mmproj": 1}
    assert yaml_text({"companions": {str(Role.MMPROJ): "a"}}) == "companions:\n  mmproj: a\n"
