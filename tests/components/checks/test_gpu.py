"""GPUs that cannot be taken as a pool says are refused, each with its cure."""

from dataclasses import replace
from typing import Any

import pytest

from components.checks.gpu import GPU_RULES, taken
from components.parts.part import plain
from components.server.server_pod import server_template
from settings.config import SettingsError
from tests.samples import pool, pool_fields, stack

SHARE = {"kind": "mps", "of": 2}
SLICE = "nvidia-a100-80gb-mig-3g-40gb"


def refusals(**fields: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        stack({"chat": pool_fields(**fields)})
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"gpu": "vulkan-dri"},
            "chat.gpu: runs on vulkan-dri, whose memory only you know; add `gpuMemory`, such as "
            "16Gi",
        ),
        (
            {"gpu": "nvidia-l4", "gpuMemory": "48Gi"},
            "chat.gpuMemory: is 48Gi, but a nvidia-l4 has 22.5 GiB; delete it",
        ),
        (
            {"gpu": SLICE, "gpus": 2},
            "chat.gpus: takes 2 MIG slices, but a process sees one only; use a larger slice, or a "
            "whole GPU",
        ),
        (
            {"gpu": SLICE, "gpuShare": SHARE},
            f"chat.gpuShare: shares the MIG slice {SLICE}, which is a part of a GPU already; "
            "delete `gpuShare`, or use the whole GPU",
        ),
        (
            {"gpu": "amd-mi300x", "gpuShare": SHARE},
            "chat.gpuShare: shares amd-mi300x, which NVIDIA's device plugin does not share; delete "
            "`gpuShare`, or use a whole NVIDIA GPU",
        ),
        (
            {"gpu": "vulkan-amd", "gpuMemory": "16Gi", "gpuClaim": {}},
            "chat.gpuClaim: claims vulkan-amd from a DRA driver, but no DeviceClass of it is "
            "known; add `deviceClass`, or delete `gpuClaim`",
        ),
        (
            {"gpu": SLICE, "gpuClaim": {"deviceClass": "mig.nvidia.com"}},
            f"chat.gpuClaim: claims a device of any size for {SLICE}; add a `selector` that only "
            "this slice meets",
        ),
        (
            {"gpu": "nvidia-l4", "scheduling": {"arch": "arm64"}},
            "chat.scheduling.arch: runs on arm64, but LocalAI's image for cuda-12 is built for "
            "amd64; use amd64, or another gpu",
        ),
        (
            {"gpu": "nvidia-dgx-spark", "nodeSelector": {"kubernetes.io/arch": "amd64"}},
            "chat.nodeSelector.kubernetes.io/arch: runs on amd64, but LocalAI's image for "
            "l4t-cuda-13 is built for arm64; use arm64, or another gpu",
        ),
        (
            {
                "gpu": "nvidia-l4",
                "gpus": 2,
                "tensorSplit": [1, 1],
                "models": ["qwen3-0.6b", "whisper-base"],
            },
            "chat.models[1]: whisper-base runs on whisper, which ignores tensorSplit; give it a "
            "pool of its own, with one GPU",
        ),
    ],
)
def test_gpus_that_cannot_be_taken_so_are_refused(fields: dict[str, Any], reason: str):
    assert refusals(**fields) == [f"config.localai:pools.{reason}"]


def test_a_pool_of_two_gpus_refuses_a_model_whose_engine_uses_one():
    two: dict[str, Any] = {"gpu": "nvidia-t4", "gpus": 2}

    assert refusals(**two, models=["qwen3-0.6b", "sd-1.5"]) == [
        "config.localai:pools.chat.models[1]: sd-1.5 runs on stablediffusion-ggml, which uses one "
        "of 2 GPUs; give it a pool of its own, with one GPU"
    ]
    assert pool(**two, models=["qwen3-0.6b"]).fit.available > pool(gpu="nvidia-t4").fit.available


def test_a_model_that_places_its_parts_on_gpus_by_name_may_have_two():
    (painter,) = pool(gpu="nvidia-l4", models=["sd-1.5"]).models
    placed = painter.model_copy(update={"options": ("backend:diffusion=cuda0&cuda1",)})
    base = pool(gpu="nvidia-l4", gpus=2)
    (rule,) = [one for one in GPU_RULES if one.id == "engine-splits-the-model"]

    assert list(rule.judge(replace(base, models=(placed,)))) == []
    assert list(rule.judge(replace(base, models=(painter,))))


@pytest.mark.parametrize(
    ("gpu", "model", "engine"),
    [
        ("amd-mi300x", "sd-1.5", "stablediffusion-ggml is not built for rocm"),
        ("amd-rx-7900-xtx", "sd-1.5", "it is built for cpu, cuda-12, cuda-13, intel, vulkan"),
    ],
)
def test_an_engine_that_is_not_built_for_a_gpu_is_refused_with_those_it_is_built_for(
    gpu: str, model: str, engine: str
):
    (reason,) = refusals(gpu=gpu, models=[model])

    assert engine in reason


@pytest.mark.parametrize(
    ("gpu", "image"),
    [
        ("amd-mi300x", "-gpu-hipblas"),
        ("intel-max-1100", "-gpu-intel"),
        ("vulkan-amd", "-gpu-vulkan"),
        ("nvidia-jetson-orin", "-nvidia-l4t-arm64"),
        ("nvidia-dgx-spark", "-nvidia-l4t-arm64-cuda-13"),
        (SLICE, "-gpu-nvidia-cuda-12"),
    ],
)
def test_each_gpu_runs_the_image_built_for_it(gpu: str, image: str):
    found = pool(gpu=gpu, gpuMemory="8Gi")

    (server,) = plain(server_template(found))["spec"]["containers"]
    assert server["image"].endswith(f"v4.9.0{image}")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "its pod's memory"),
        ({"gpu": "nvidia-l4", "gpus": 2}, "2 x nvidia-l4"),
        ({"gpu": "nvidia-l4", "gpuShare": SHARE}, "one of 2 shares of nvidia-l4"),
        (
            {"gpu": "nvidia-l4", "gpus": 2, "tensorSplit": [1, 1]},
            "the nvidia-l4 with the largest part of tensorSplit",
        ),
    ],
)
def test_what_models_have_to_fit_into_is_said_in_words(fields: dict[str, Any], words: str):
    assert taken(pool(**fields)) == words


def test_models_that_do_not_fit_a_share_are_refused_with_its_size():
    (reason,) = refusals(gpu="nvidia-l4", models=["qwen3-14b"], gpuShare=SHARE)

    assert "one of 2 shares of nvidia-l4 has 11.2 GiB" in reason
