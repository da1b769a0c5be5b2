"""How a pool takes its GPUs: shared with other pods, claimed from a driver, or split among many."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.names import DeviceClass
from documents.validation import contradiction
from settings.base import Settings

TensorSplit = Annotated[
    tuple[Annotated[int, Field(ge=1, le=100)], ...],
    Field(min_length=1, max_length=16, strict=False),
]


class ShareKind(StrEnum):
    """How pods share a GPU: in turns without limits, or at once, each with its part of memory."""

    TIME_SLICING = "time-slicing"
    MPS = "mps"


def _several(pods: int) -> int:
    if pods == 1:
        raise contradiction(
            "shares a GPU with nobody (gpuShare.of is 1)", "use 2 or more, or delete `gpuShare`"
        )
    return pods


class GpuShare(Settings):
    """GPUs that the NVIDIA device plugin offers several times."""

    kind: ShareKind = Field(
        strict=False,
        description="time-slicing isolates no memory: one pod can take what another counts on; "
        "mps gives each its part.",
    )
    of: Annotated[int, Field(ge=1, le=48), AfterValidator(_several)] = Field(
        description="Pods that share one GPU, as the nodes are set up."
    )
    renamed: bool = Field(
        default=False,
        description="The plugin offers nvidia.com/gpu.shared instead of nvidia.com/gpu.",
    )


class GpuClaim(Settings):
    """GPUs that a DRA driver hands out by claim; needs Kubernetes 1.34."""

    device_class: DeviceClass | None = Field(
        default=None, description="DeviceClass; that of the GPU profile if absent."
    )
    count: int = Field(default=1, ge=1, le=16, description="GPUs a pod takes.")
    selector: Annotated[str, Field(min_length=1, max_length=10_000)] | None = Field(
        default=None, description="CEL expression over `device` that each GPU must meet."
    )
