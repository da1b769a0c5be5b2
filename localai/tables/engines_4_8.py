"""The engines of LocalAI 4.8 that serve models in a cluster, and the images they are built as."""

from collections.abc import Mapping
from types import MappingProxyType

from localai.accelerator import Accelerator
from localai.engine import Engine
from localai.tables.options_4_8 import (
    LLAMA_CPP,
    LLAMA_CPP_SOURCE,
    STABLE_DIFFUSION,
    STABLE_DIFFUSION_SOURCE,
)

_INDEX = "read: backend/index.yaml, as published on 2026-08-22"

_CUDA = {
    Accelerator.CUDA_12: "gpu-nvidia-cuda-12",
    Accelerator.CUDA_13: "gpu-nvidia-cuda-13",
}
_CPU = {Accelerator.CPU: "cpu"}
_ROCM = {Accelerator.ROCM: "gpu-rocm-hipblas"}
_VULKAN = {Accelerator.VULKAN: "gpu-vulkan"}
_L4T_CUDA_13 = {Accelerator.L4T_CUDA_13: "nvidia-l4t-cuda-13-arm64"}
# Compiled engines and Python engines name the same hardware differently.
_COMPILED = {
    **_CPU,
    **_CUDA,
    Accelerator.INTEL: "gpu-intel-sycl-f16",
    **_VULKAN,
    Accelerator.L4T: "nvidia-l4t-arm64",
    **_L4T_CUDA_13,
}
_PYTHON = {**_CUDA, **_ROCM, Accelerator.INTEL: "gpu-intel"}
_PYTHON_L4T = {Accelerator.L4T: "nvidia-l4t"}


def _engine(
    name: str,
    variants: Mapping[Accelerator, str],
    options: frozenset[str] = frozenset(),
    options_source: str = "",
) -> Engine:
    return Engine(
        name=name,
        variants=MappingProxyType({one: variants[one] for one in Accelerator if one in variants}),
        source=_INDEX,
        options=options,
        options_source=options_source,
    )


_ALL = (
    _engine("llama-cpp", {**_COMPILED, **_ROCM}, LLAMA_CPP, options_source=LLAMA_CPP_SOURCE),
    _engine("whisper", {**_COMPILED, **_ROCM}),
    _engine(
        "stablediffusion-ggml",
        _COMPILED,
        STABLE_DIFFUSION,
        options_source=STABLE_DIFFUSION_SOURCE,
    ),
    _engine("parakeet-cpp", {**_COMPILED, **_ROCM}),
    _engine("vllm", {**_CPU, **_PYTHON, **_L4T_CUDA_13}),
    _engine("transformers", _PYTHON),
    _engine("rerankers", _PYTHON),
    _engine("diffusers", {**_CPU, **_PYTHON, **_PYTHON_L4T, **_L4T_CUDA_13}),
    _engine("faster-whisper", {**_CPU, **_PYTHON, **_PYTHON_L4T}),
    _engine("kokoro", {**_CPU, **_PYTHON, **_PYTHON_L4T}),
    _engine("piper", {Accelerator.CPU: ""}),
    _engine("silero-vad", _CPU),
)

ENGINES: Mapping[str, Engine] = MappingProxyType({one.name: one for one in _ALL})
