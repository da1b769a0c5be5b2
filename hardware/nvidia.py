"""NVIDIA GPU profiles, by the labels of NVIDIA's feature discovery.

`nvidia.com/gpu.product` carries the product name with hyphens. Memory is what the driver reports
(MiB in `nvidia.com/gpu.memory`), a little below the figure on the box. Prices are on-demand list
prices of one public cloud's instance, divided by its GPUs: a scale to compare with, no quote.
"""

from decimal import Decimal

from hardware.profile import GpuProfile, Price, Toleration
from localai.release import Accelerator

RESOURCE = "nvidia.com/gpu"
PRODUCT = "nvidia.com/gpu.product"
# The device class of NVIDIA's DRA driver.
DEVICE_CLASS = "gpu.nvidia.com"
_MIB = 2**20


def _profile(
    name: str, product: str, mebibytes: int, price: tuple[str, str] | None = None
) -> GpuProfile:
    return GpuProfile(
        name=name,
        accelerator=Accelerator.CUDA_12,
        resource=RESOURCE,
        memory=mebibytes * _MIB,
        node_selector={PRODUCT: product},
        tolerations=(Toleration(key=RESOURCE),),
        device_class=DEVICE_CLASS,
        price=Price(dollars_per_hour=Decimal(price[0]), source=price[1]) if price else None,
        source="label: NVIDIA GPU feature discovery; memory: nvidia-smi of that product",
    )


def _aws(dollars: str, instance: str) -> tuple[str, str]:
    return dollars, f"AWS {instance}, on demand, us-east-1, as listed in 2025"


PROFILES = (
    _profile("nvidia-v100-16gb", "Tesla-V100-SXM2-16GB", 16384),
    _profile("nvidia-v100-32gb", "Tesla-V100-SXM2-32GB", 32768),
    _profile("nvidia-t4", "Tesla-T4", 15360, _aws("0.526", "g4dn.xlarge")),
    _profile("nvidia-a10g", "NVIDIA-A10G", 23028, _aws("1.006", "g5.xlarge")),
    _profile("nvidia-l4", "NVIDIA-L4", 23034, _aws("0.805", "g6.xlarge")),
    _profile("nvidia-rtx-3090", "NVIDIA-GeForce-RTX-3090", 24576),
    _profile("nvidia-rtx-4060", "NVIDIA-GeForce-RTX-4060", 8188),
    _profile("nvidia-rtx-4090", "NVIDIA-GeForce-RTX-4090", 24564),
    _profile("nvidia-rtx-5090", "NVIDIA-GeForce-RTX-5090", 32607),
    _profile("nvidia-a30", "NVIDIA-A30", 24576),
    _profile("nvidia-l20", "NVIDIA-L20", 46068),
    _profile("nvidia-a40", "NVIDIA-A40", 46068),
    _profile("nvidia-l40s", "NVIDIA-L40S", 46068, _aws("1.861", "g6e.xlarge")),
    _profile("nvidia-a100-40gb", "NVIDIA-A100-SXM4-40GB", 40960),
    _profile("nvidia-a100-80gb", "NVIDIA-A100-SXM4-80GB", 81920),
    _profile("nvidia-h100-80gb", "NVIDIA-H100-80GB-HBM3", 81559),
    _profile("nvidia-h200", "NVIDIA-H200", 143771),
    _profile("nvidia-b200", "NVIDIA-B200", 183359),
)
