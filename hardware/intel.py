"""Intel GPU profiles, by the labels of Intel's node feature rules.

The device plugin names the resource after the kernel driver: `i915` for the Flex and Max series,
`xe` for newer ones. A node whose kernel drives the GPU otherwise offers another resource.
"""

from hardware.profile import GpuProfile, Toleration
from localai.release import Accelerator

I915 = "gpu.intel.com/i915"
XE = "gpu.intel.com/xe"
PRODUCT = "gpu.intel.com/product"
_MIB = 2**20


def _profile(name: str, product: str, resource: str, mebibytes: int) -> GpuProfile:
    return GpuProfile(
        name=name,
        accelerator=Accelerator.INTEL,
        resource=resource,
        memory=mebibytes * _MIB,
        node_selector={PRODUCT: product},
        tolerations=(Toleration(key=resource),),
        device_class="gpu.intel.com",
        source=(
            "resource and label: Intel device plugins for Kubernetes, with their NFD rules; "
            "memory: published size less 5 % (12.5 % with in-line ECC, as xpu-smi reports it)"
        ),
    )


PROFILES = (
    _profile("intel-flex-170", "Flex_170", I915, 14248),
    _profile("intel-max-1100", "Max_1100", I915, 46694),
    _profile("intel-arc-pro-b60", "Arc_Pro_B60", XE, 23347),
)
