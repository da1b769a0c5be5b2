"""Vulkan: GPUs of any maker that the maker's own stack no longer or not yet serves.

Only the resource is known: which GPU it is, and its memory, is for the pool to say (`gpuMemory`,
`nodeSelector`).
"""

from hardware import amd, intel
from hardware.profile import GpuProfile, Toleration
from localai.release import Accelerator

# The group of /dev/dri as the generic device plugin's own example names it.
DRI = "squat.ai/dri"


def _profile(name: str, resource: str, source: str) -> GpuProfile:
    return GpuProfile(
        name=name,
        accelerator=Accelerator.VULKAN,
        resource=resource,
        memory=None,
        node_selector={},
        tolerations=(Toleration(key=resource),),
        source=f"resource: {source}; image: LocalAI's -gpu-vulkan, for amd64 and arm64",
    )


PROFILES = (
    _profile("vulkan-amd", amd.RESOURCE, "ROCm k8s-device-plugin"),
    _profile("vulkan-intel-i915", intel.I915, "Intel device plugins for Kubernetes"),
    _profile("vulkan-intel-xe", intel.XE, "Intel device plugins for Kubernetes"),
    _profile("vulkan-dri", DRI, "squat/generic-device-plugin, the group dri"),
)
