"""The kinds of hardware LocalAI's images are built for."""

from enum import StrEnum


class Accelerator(StrEnum):
    """One kind of hardware; every server image and every engine image is built for exactly one."""

    CPU = "cpu"
    CUDA_12 = "cuda-12"
    CUDA_13 = "cuda-13"
    ROCM = "rocm"
    INTEL = "intel"
    VULKAN = "vulkan"
    L4T = "l4t"
    L4T_CUDA_13 = "l4t-cuda-13"
