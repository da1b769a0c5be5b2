"""How a pool takes its GPUs: shared with other pods, claimed from a driver, or split among many."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from documents.validation import contradiction
from settings.base import Settings

if TYPE_CHECKING:
    from settings.pool.pool import PoolSettings

# A DNS subdomain (RFC 1123), as names of cluster-wide classes are.
DeviceClass = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]

TensorSplit = Annotated[
    tuple[Annotated[int, Field(ge=1, le=100)], ...],
    Field(min_length=1, max_length=16, strict=False),
]


class ShareKind(StrEnum):
    """How pods share a GPU: in turns without limits, or at once, each with its part of memory."""

    TIME_SLICING = "time-slicing"
    MPS = "mps"


class GpuShare(Settings):
    """GPUs that the NVIDIA device plugin offers several times."""

    kind: ShareKind = Field(
        strict=False,
        description="time-slicing isolates no memory: one pod can take what another counts on; "
        "mps gives each its part.",
    )
    of: int = Field(ge=1, le=48, description="Pods that share one GPU, as the nodes are set up.")
    renamed: bool = Field(
        default=False,
        description="The plugin offers nvidia.com/gpu.shared instead of nvidia.com/gpu.",
    )


class GpuClaim(Settings):
    """GPUs that a DRA driver hands out by claim; wants Kubernetes 1.34."""

    device_class: DeviceClass | None = Field(
        default=None, description="DeviceClass; that of the GPU profile if absent."
    )
    count: int = Field(default=1, ge=1, le=16, description="GPUs a pod takes.")
    selector: Annotated[str, Field(min_length=1, max_length=10_000)] | None = Field(
        default=None, description="CEL expression over `device` that each GPU must meet."
    )


def gpus_agree(pool: "PoolSettings") -> None:
    """Refuse ways to take GPUs that exclude each other."""
    asked = {
        "gpuShare": pool.gpu_share,
        "gpuClaim": pool.gpu_claim,
        "gpuMemory": pool.gpu_memory,
        "tensorSplit": pool.tensor_split,
    }
    key = next((key for key, value in asked.items() if value is not None), None)
    if key and pool.gpu is None:
        raise contradiction(f"sets {key} but names no gpu profile", "add `gpu`")
    if pool.gpu_claim and pool.gpus is not None:
        raise contradiction(
            f"counts {pool.gpus} gpus of a device plugin and claims {pool.gpu_claim.count} from a "
            "DRA driver",
            "delete `gpus`, and count them in gpuClaim.count",
        )
    if pool.gpu_share:
        _share_agrees(pool, pool.gpu_share)
    if pool.tensor_split is not None:
        _split_agrees(pool, pool.tensor_split)


def _share_agrees(pool: "PoolSettings", share: GpuShare) -> None:
    if share.of == 1:
        raise contradiction(
            "shares a GPU with nobody (gpuShare.of is 1)", "use 2 or more, or delete `gpuShare`"
        )
    if pool.gpu_claim:
        raise contradiction(
            "shares GPUs of a device plugin and claims others from a DRA driver",
            "delete `gpuShare` or `gpuClaim`",
        )
    if (pool.gpus or 1) > 1:
        raise contradiction(
            f"takes {pool.gpus} shares of GPUs, which may be of one GPU and add no memory",
            "delete `gpus`, or delete `gpuShare`",
        )


def _split_agrees(pool: "PoolSettings", split: tuple[int, ...]) -> None:
    count = pool.gpu_claim.count if pool.gpu_claim else pool.gpus or 1
    if count == 1:
        raise contradiction(
            "splits its models with tensorSplit, but a pod takes one GPU",
            f"use `gpus: {len(split)}`, or delete `tensorSplit`",
        )
    if len(split) != count:
        raise contradiction(
            f"splits its models {len(split)} ways over {count} GPUs",
            f"give tensorSplit {count} numbers",
        )
