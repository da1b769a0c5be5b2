"""Whether a pool takes its GPUs in a way its profile, its server and its models know."""

from collections.abc import Iterator

from components.pool.placement import ARCH, node_selector
from components.pool.pool import Pool
from documents.problem import KeyPath
from documents.quantity import whole_bytes
from documents.validation import Finding
from hardware import nvidia
from hardware.profile import GIB, GpuProfile
from models.definition import LLAMA_CPP
from settings.pool.gpu import GpuClaim
from settings.pool.pool import PoolSettings


def profile_findings(
    path: KeyPath, settings: PoolSettings, profile: GpuProfile
) -> Iterator[Finding]:
    """Yield why a profile's GPUs cannot be taken as a pool says, with the cure."""
    yield from _memory(path, settings, profile)
    if profile.slice:
        yield from _slices(path, settings, profile)
    if settings.gpu_share and not _is_shareable(profile):
        cause = f"shares {profile.name}, which NVIDIA's device plugin does not share"
        yield (*path, "gpuShare"), cause, "delete `gpuShare`, or use a whole NVIDIA GPU"
    if settings.gpu_claim:
        yield from _claim(path, settings.gpu_claim, profile)


def gpu_findings(path: KeyPath, pool: Pool) -> Iterator[Finding]:
    """Yield what a pool's models or images cannot do on the nodes it asks for."""
    if pool.settings.tensor_split:
        for index, model in enumerate(pool.models):
            if model.backend != LLAMA_CPP:
                cause = f"{model.name} runs on {model.backend}, which ignores tensorSplit"
                yield (*path, "models", index), cause, "give it a pool of its own"
    arch = (node_selector(pool) or {}).get(ARCH)
    known = pool.context.server.architectures[pool.accelerator]
    if arch is not None and arch not in known:
        cause = f"runs on {arch}, but LocalAI's image for {pool.accelerator} is built for "
        yield path, f"{cause}{' and '.join(known)}", f"use {known[0]}, or another gpu"


def taken(pool: Pool) -> str:
    """Return in words what the models of one pod have to fit into."""
    if not pool.profile:
        return "its pod's memory"
    share = pool.settings.gpu_share
    if share:
        return f"one of {share.of} shares of {pool.profile.name}"
    if pool.settings.tensor_split:
        return f"the {pool.profile.name} with the largest part of tensorSplit"
    return f"{pool.gpus} x {pool.profile.name}"


def _memory(path: KeyPath, settings: PoolSettings, profile: GpuProfile) -> Iterator[Finding]:
    declared = whole_bytes(settings.gpu_memory) if settings.gpu_memory else None
    if profile.memory is None and declared is None:
        cause = f"runs on {profile.name}, whose memory only you know"
        yield path, cause, "add `gpuMemory`, such as 16Gi"
    if profile.memory and declared and declared > profile.memory:
        cause = f"is {settings.gpu_memory}, but a {profile.name} has {profile.memory / GIB:.1f} GiB"
        yield (*path, "gpuMemory"), cause, "delete it"


def _slices(path: KeyPath, settings: PoolSettings, profile: GpuProfile) -> Iterator[Finding]:
    count = settings.gpu_claim.count if settings.gpu_claim else settings.gpus or 1
    if count > 1:
        cause = f"takes {count} MIG slices, but a process sees one only"
        yield path, cause, "use a larger slice, or a whole GPU"
    if settings.gpu_share:
        cause = f"shares the MIG slice {profile.name}, which is a part of a GPU already"
        yield (*path, "gpuShare"), cause, "delete `gpuShare`, or use the whole GPU"


def _claim(path: KeyPath, claim: GpuClaim, profile: GpuProfile) -> Iterator[Finding]:
    if not claim.device_class and not profile.device_class:
        cause = f"claims {profile.name} from a DRA driver, but no DeviceClass of it is known"
        yield (*path, "gpuClaim"), cause, "add `deviceClass`, or delete `gpuClaim`"
    if profile.slice and not claim.selector:
        cause = f"claims a device of any size for {profile.name}"
        yield (*path, "gpuClaim"), cause, "add a `selector` that only this slice meets"


def _is_shareable(profile: GpuProfile) -> bool:
    whole = profile.resource == nvidia.RESOURCE and nvidia.PRODUCT in profile.node_selector
    # Said by the slice itself, with another cure.
    return whole or profile.slice
