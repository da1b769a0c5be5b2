"""The processors that LocalAI 4.8 builds its server images for, by accelerator."""

from collections.abc import Mapping
from types import MappingProxyType

from localai.accelerator import Accelerator

SOURCE = "read: .github/workflows/image.yml, platforms of each image (a copy of mid 2026)"

_AMD64 = ("amd64",)
_ARM64 = ("arm64",)
_BOTH = (*_AMD64, *_ARM64)

ARCHITECTURES: Mapping[Accelerator, tuple[str, ...]] = MappingProxyType(
    {
        Accelerator.CPU: _BOTH,
        Accelerator.CUDA_12: _AMD64,
        Accelerator.CUDA_13: _AMD64,
        Accelerator.ROCM: _AMD64,
        Accelerator.INTEL: _AMD64,
        Accelerator.VULKAN: _BOTH,
        Accelerator.L4T: _ARM64,
        Accelerator.L4T_CUDA_13: _ARM64,
    }
)
