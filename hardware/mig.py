"""NVIDIA MIG slices: parts of a GPU with memory of their own, one a pod.

Under the strategy `mixed` the device plugin offers each slice as `nvidia.com/mig-<slice>`, and
`nvidia.com/gpu.product` stays that of the whole GPU. Memory is what feature discovery writes into
`nvidia.com/mig-<slice>.memory` (MiB); slices of as many memory eighths hold the same.
"""

from collections.abc import Mapping

from hardware.nvidia import PRODUCT, RESOURCE
from hardware.profile import GpuProfile, Toleration
from localai.release import Accelerator

_MIB = 2**20
_SOURCE = (
    "names: NVIDIA MIG user guide, supported profiles; memory: labels of GPU feature discovery; "
    "resource: k8s-device-plugin, MIG strategy mixed"
)

_A100_40 = {"1g.5gb": 4864, "1g.10gb": 9856, "2g.10gb": 9856, "3g.20gb": 19968, "4g.20gb": 19968}
_A100_80 = {"1g.10gb": 9728, "1g.20gb": 19968, "2g.20gb": 19968, "3g.40gb": 40192, "4g.40gb": 40192}
_H100_80 = {"1g.10gb": 9984, "1g.20gb": 20096, "2g.20gb": 20096, "3g.40gb": 40448, "4g.40gb": 40448}


def _slices(gpu: str, product: str, sizes: Mapping[str, int]) -> tuple[GpuProfile, ...]:
    return tuple(
        GpuProfile(
            name=f"nvidia-{gpu}-mig-{name.replace('.', '-')}",
            accelerator=Accelerator.CUDA_12,
            resource=f"nvidia.com/mig-{name}",
            memory=mebibytes * _MIB,
            node_selector={PRODUCT: product},
            tolerations=(Toleration(key=RESOURCE),),
            slice=True,
            source=_SOURCE,
        )
        for name, mebibytes in sizes.items()
    )


PROFILES = (
    *_slices("a100-40gb", "NVIDIA-A100-SXM4-40GB", _A100_40),
    *_slices("a100-80gb", "NVIDIA-A100-SXM4-80GB", _A100_80),
    *_slices("h100-80gb", "NVIDIA-H100-80GB-HBM3", _H100_80),
)
