"""A pool takes its GPUs in a way that its profile, its server and its models know."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from components.pool.placement import ARCH, node_selector
from components.pool.pool import Pool
from documents.problem import KeyPath, Problem
from documents.quantity import dollars, whole_bytes
from documents.rule import Rule
from hardware import nvidia
from hardware.fit import Verdict
from hardware.profile import GIB, GpuProfile
from models.definition import LLAMA_CPP, Definition


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


def _unknown_memory(pool: Pool) -> Iterator[Problem]:
    profile = pool.profile
    if profile and profile.memory is None and pool.settings.gpu_memory is None:
        yield Problem(cause=f"runs on {profile.name}, whose memory only you know")


def _too_much_memory(pool: Pool) -> Iterator[Problem]:
    profile, said = pool.profile, pool.settings.gpu_memory
    if profile and profile.memory and said and whole_bytes(said) > profile.memory:
        cause = f"is {said}, but a {profile.name} has {profile.memory / GIB:.1f} GiB"
        yield Problem(cause=cause)


def _several_slices(pool: Pool) -> Iterator[Problem]:
    if pool.profile and pool.profile.slice and pool.gpus > 1:
        key = ("gpuClaim", "count") if pool.settings.gpu_claim else ("gpus",)
        cause = f"takes {pool.gpus} MIG slices, but a process sees one only"
        yield Problem(path=key, cause=cause)


def _shared_slice(pool: Pool) -> Iterator[Problem]:
    if pool.settings.gpu_share and pool.profile and pool.profile.slice:
        cause = f"shares the MIG slice {pool.profile.name}, which is a part of a GPU already"
        yield Problem(cause=cause)


def _shared_by_no_plugin(pool: Pool) -> Iterator[Problem]:
    profile = pool.profile
    # Said by the slice itself, with another cure.
    if pool.settings.gpu_share and profile and not profile.slice and not _is_shareable(profile):
        yield Problem(cause=f"shares {profile.name}, which NVIDIA's device plugin does not share")


def _is_shareable(profile: GpuProfile) -> bool:
    return profile.resource == nvidia.RESOURCE and nvidia.PRODUCT in profile.node_selector


def _claimed_without_class(pool: Pool) -> Iterator[Problem]:
    claim, profile = pool.settings.gpu_claim, pool.profile
    if claim and profile and not claim.device_class and not profile.device_class:
        cause = f"claims {profile.name} from a DRA driver, but no DeviceClass of it is known"
        yield Problem(cause=cause)


def _claimed_of_any_size(pool: Pool) -> Iterator[Problem]:
    claim, profile = pool.settings.gpu_claim, pool.profile
    if claim and profile and profile.slice and not claim.selector:
        yield Problem(cause=f"claims a device of any size for {profile.name}")


# By these a model file gives parts of an image model to devices by name (stable-diffusion.cpp, its
# layer split of July 2026). No other engine but llama-cpp uses a second GPU with what we render.
_PLACING = frozenset({"backend", "params_backend"})


def _split_by_no_engine(pool: Pool) -> Iterator[Problem]:
    split = pool.settings.tensor_split
    for index, model in enumerate(pool.models if pool.gpus > 1 else ()):
        if model.backend == LLAMA_CPP or (not split and _is_placed(model)):
            continue
        what = "ignores tensorSplit" if split else f"uses one of {pool.gpus} GPUs"
        yield Problem(
            path=("models", index),
            cause=f"{model.name} runs on {model.backend}, which {what}",
            cure="give it a pool of its own, with one GPU",
        )


def _is_placed(model: Definition) -> bool:
    return not _PLACING.isdisjoint(option.partition(":")[0] for option in model.options)


def _built_for_other_nodes(pool: Pool) -> Iterator[Problem]:
    arch = (node_selector(pool) or {}).get(ARCH)
    known = pool.context.server.architectures[pool.accelerator]
    if arch is not None and arch not in known:
        yield Problem(
            path=_asks_for_nodes(pool),
            cause=f"runs on {arch}, but LocalAI's image for {pool.accelerator} is built for "
            f"{' and '.join(known)}",
            cure=f"use {known[0]}, or another gpu",
        )


def _asks_for_nodes(pool: Pool) -> KeyPath:
    if ARCH in pool.settings.node_selector:
        return ("nodeSelector", ARCH)
    return ("scheduling", "arch") if pool.settings.scheduling.arch else ("gpu",)


def _too_large(pool: Pool) -> Iterator[Problem]:
    fit = pool.fit
    if fit.verdict is Verdict.TOO_LARGE:
        fewer = "lower `active`, " if pool.active > 1 else ""
        larger = "use a larger gpu or more gpus" if pool.profile else "raise `memory`"
        yield Problem(
            cause=f"{pool.active} of its models need {fit.needed / GIB:.1f} GiB at once, "
            f"{taken(pool)} has {fit.available / GIB:.1f} GiB",
            cure=f"{fewer}{larger}, or a smaller context in the model",
        )


def _over_budget(pools: Sequence[Pool]) -> Iterator[Problem]:
    budget = pools[0].context.settings.budget if pools else None
    prices = {pool.name: pool.price(pool.settings.computing) for pool in pools}
    total = sum((price for price in prices.values() if price), Decimal(0))
    if budget is not None and total > budget:
        each = ", ".join(f"{name} {dollars(price)}" for name, price in prices.items() if price)
        cause = f"is ${budget:,}, but its pools list at {dollars(total)}: {each}"
        yield Problem(cause=cause)


# Where one of these is broken, what a pod has is not known, and the others cannot be judged.
PROFILE_RULES: tuple[Rule[Pool], ...] = (
    Rule(
        id="gpu-memory-is-known",
        key="gpu",
        sentence="The memory of a GPU is known from its profile or from `gpuMemory`.",
        cure="add `gpuMemory`, such as 16Gi",
        judge=_unknown_memory,
    ),
    Rule(
        id="gpu-memory-is-of-the-profile",
        key="gpuMemory",
        sentence="A GPU has at most the memory of its profile.",
        cure="delete it",
        judge=_too_much_memory,
    ),
    Rule(
        id="pod-takes-one-slice",
        key="gpus",
        sentence="A pod takes one MIG slice.",
        cure="use a larger slice, or a whole GPU",
        judge=_several_slices,
    ),
    Rule(
        id="slice-is-not-shared",
        key="gpuShare",
        sentence="A MIG slice is not shared.",
        cure="delete `gpuShare`, or use the whole GPU",
        judge=_shared_slice,
    ),
    Rule(
        id="plugin-shares-the-gpu",
        key="gpuShare",
        sentence="Only GPUs that NVIDIA's device plugin offers are shared.",
        cure="delete `gpuShare`, or use a whole NVIDIA GPU",
        judge=_shared_by_no_plugin,
    ),
    Rule(
        id="claim-has-a-device-class",
        key="gpuClaim",
        sentence="A claimed GPU has a DeviceClass.",
        cure="add `deviceClass`, or delete `gpuClaim`",
        judge=_claimed_without_class,
    ),
    Rule(
        id="claim-selects-the-slice",
        key="gpuClaim",
        sentence="A claimed MIG slice is selected by its size.",
        cure="add a `selector` that only this slice meets",
        judge=_claimed_of_any_size,
    ),
)
GPU_RULES: tuple[Rule[Pool], ...] = (
    Rule(
        id="models-fit-at-once",
        key="models",
        sentence="The models that are in memory at once fit into the memory of a pod or its GPUs.",
        cure="use a larger gpu or fewer models at once",
        judge=_too_large,
    ),
    Rule(
        id="engine-splits-the-model",
        key="models",
        sentence="Only llama-cpp splits a model over GPUs.",
        cure="give it a pool of its own",
        judge=_split_by_no_engine,
    ),
    Rule(
        id="image-is-built-for-the-nodes",
        key="scheduling.arch",
        sentence="LocalAI's image is built for the processor of the nodes.",
        cure="use another processor, or another gpu",
        judge=_built_for_other_nodes,
    ),
)
BUDGET_RULES: tuple[Rule[Sequence[Pool]], ...] = (
    Rule(
        id="price-is-within-budget",
        key="budget",
        sentence="The list price of all GPUs, with the most pods, is within the budget.",
        cure="use fewer or cheaper GPUs, or a larger budget",
        judge=_over_budget,
    ),
)
