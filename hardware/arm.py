"""NVIDIA's Arm machines, whose processor and GPU share one memory: Jetson and DGX Spark.

LocalAI's l4t images exist for arm64 only, so the processor is part of the choice of nodes. Jetson
modules of one name differ in memory and in labels: `gpuMemory` and `nodeSelector` are the pool's.
"""

from collections.abc import Mapping

from hardware.nvidia import PRODUCT, RESOURCE
from hardware.profile import GIB, GpuProfile, Toleration
from localai.release import Accelerator

ARCH = "kubernetes.io/arch"
_ARM64 = {ARCH: "arm64"}


def _profile(
    name: str,
    accelerator: Accelerator,
    memory: int | None = None,
    node_selector: Mapping[str, str] | None = None,
) -> GpuProfile:
    return GpuProfile(
        name=name,
        accelerator=accelerator,
        resource=RESOURCE,
        memory=memory,
        node_selector={**_ARM64, **(node_selector or {})},
        tolerations=(Toleration(key=RESOURCE),),
        source=(
            "image: LocalAI's -nvidia-l4t-arm64 and -nvidia-l4t-arm64-cuda-13; label: GPU feature "
            "discovery on GB10; memory of DGX Spark: three quarters of its 120 GiB, which the "
            "system and the pods share"
        ),
    )


PROFILES = (
    _profile("nvidia-jetson-orin", Accelerator.L4T),
    _profile("nvidia-jetson-thor", Accelerator.L4T_CUDA_13),
    _profile("nvidia-dgx-spark", Accelerator.L4T_CUDA_13, 90 * GIB, {PRODUCT: "NVIDIA-GB10"}),
)
