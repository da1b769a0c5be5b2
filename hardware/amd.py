"""AMD GPU profiles, by the labels of AMD's node labeller.

`amd.com/gpu.product-name` carries the product name with underscores. Memory is what the driver
reports (`rocm-smi --showmeminfo vram`): sixteen MiB below the figure on the box.
"""

from hardware.profile import GIB, GpuProfile, Toleration
from localai.release import Accelerator

RESOURCE = "amd.com/gpu"
PRODUCT = "amd.com/gpu.product-name"
_RESERVED = 16 * 2**20


def _profile(name: str, product: str, gibibytes: int) -> GpuProfile:
    return GpuProfile(
        name=name,
        accelerator=Accelerator.ROCM,
        resource=RESOURCE,
        memory=gibibytes * GIB - _RESERVED,
        node_selector={PRODUCT: product},
        tolerations=(Toleration(key=RESOURCE),),
        device_class="gpu.amd.com",
        source=(
            "resource and label: ROCm k8s-device-plugin and its node labeller; "
            "memory: published size less what the driver keeps"
        ),
    )


PROFILES = (
    _profile("amd-mi210", "AMD_Instinct_MI210", 64),
    _profile("amd-mi300x", "AMD_Instinct_MI300X_OAM", 192),
    _profile("amd-mi325x", "AMD_Instinct_MI325_OAM", 256),
    _profile("amd-rx-7900-xtx", "AMD_Radeon_RX_7900_XTX", 24),
    _profile("amd-pro-w7900", "AMD_Radeon_PRO_W7900", 48),
)
