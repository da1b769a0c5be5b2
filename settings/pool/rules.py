"""What the keys of one pool may not say together: rules above the classes that hold them."""

from collections.abc import Iterator

from documents.problem import Problem
from documents.rule import Rule
from settings.pool.pool import PoolSettings
from settings.pool.storage import Access

_MANY_NODES = "use storage.access ReadWriteMany"


def _models_twice(pool: PoolSettings) -> Iterator[Problem]:
    for index, name in enumerate(pool.models):
        # Once for each name, at its second place.
        if pool.models[:index].count(name) == 1:
            yield Problem(path=("models", index), cause=f"lists {name} twice")


def _aliases_of_models(pool: PoolSettings) -> Iterator[Problem]:
    for alias in pool.aliases:
        if alias in pool.models:
            cause = f"has {alias} as a model and as an alias"
            yield Problem(path=("aliases", alias), cause=cause)


def _too_many_active(pool: PoolSettings) -> Iterator[Problem]:
    count = len(pool.models)
    if pool.active is not None and pool.active > count:
        cause = f"keeps {pool.active} models active but lists {count}"
        yield Problem(cause=cause, cure=f"use at most {count}, or delete `active`")


def _pods_beyond_the_claim(pool: PoolSettings) -> Iterator[Problem]:
    if pool.storage.access is Access.ONE_NODE and (pool.replicas > 1 or pool.surge):
        pods = f"{pool.replicas} replicas" + (f" and surge {pool.surge}" if pool.surge else "")
        key = "replicas" if pool.replicas > 1 else "surge"
        yield Problem(path=(key,), cause=f"has {pods}, but one node at a time can hold its claim")


def _scales_beyond_the_claim(pool: PoolSettings) -> Iterator[Problem]:
    scaling = pool.scaling
    if scaling and scaling.max > 1 and pool.storage.access is Access.ONE_NODE:
        cause = f"scales to {scaling.max} pods, but one node at a time can hold its claim"
        yield Problem(cause=cause)


def _spread_beyond_the_claim(pool: PoolSettings) -> Iterator[Problem]:
    spread = pool.scheduling.spread
    if spread and pool.storage.access is Access.ONE_NODE:
        cause = f"spreads its pods by {spread}, but its claim holds them on one node"
        yield Problem(cause=cause)


def _counted_twice(pool: PoolSettings) -> Iterator[Problem]:
    if pool.scaling and "replicas" in pool.model_fields_set:
        cause = f"fixes replicas at {pool.replicas} and lets an autoscaler set them"
        yield Problem(cause=cause)


def _gpus_of_no_profile(pool: PoolSettings) -> Iterator[Problem]:
    if pool.gpu is not None:
        return
    asked: dict[str, object] = {
        "gpuShare": pool.gpu_share,
        "gpuClaim": pool.gpu_claim,
        "gpuMemory": pool.gpu_memory,
        "tensorSplit": pool.tensor_split,
    }
    for key, value in asked.items():
        if value is not None:
            yield Problem(path=(key,), cause=f"sets {key} but names no gpu profile")
    if pool.gpus is not None:
        yield Problem(path=("gpus",), cause="counts gpus but names no gpu profile")


def _counts_and_claims(pool: PoolSettings) -> Iterator[Problem]:
    if pool.gpu_claim and pool.gpus is not None:
        cause = (
            f"counts {pool.gpus} gpus of a device plugin and claims {pool.gpu_claim.count} from a "
            "DRA driver"
        )
        yield Problem(cause=cause)


def _shares_and_claims(pool: PoolSettings) -> Iterator[Problem]:
    if pool.gpu_share and pool.gpu_claim:
        yield Problem(cause="shares GPUs of a device plugin and claims others from a DRA driver")


def _several_shares(pool: PoolSettings) -> Iterator[Problem]:
    if pool.gpu_share and (pool.gpus or 1) > 1:
        cause = f"takes {pool.gpus} shares of GPUs, which may be of one GPU and add no memory"
        yield Problem(cause=cause)


def _split_over_other_gpus(pool: PoolSettings) -> Iterator[Problem]:
    split, count = pool.tensor_split, pool.gpus_each
    if split is None or pool.gpu is None or len(split) == count > 1:
        return
    if count == 1:
        cause = "splits its models with tensorSplit, but a pod takes one GPU"
        yield Problem(cause=cause, cure=f"use `gpus: {len(split)}`, or delete `tensorSplit`")
    else:
        cause = f"splits its models {len(split)} ways over {count} GPUs"
        yield Problem(cause=cause, cure=f"give tensorSplit {count} numbers")


def _workers_beyond_the_claim(pool: PoolSettings) -> Iterator[Problem]:
    if pool.distributed and pool.storage.access is Access.ONE_NODE:
        yield Problem(cause="is distributed, but one node at a time can hold its claim")


def _front_ends_with_a_cache(pool: PoolSettings) -> Iterator[Problem]:
    if pool.distributed and pool.storage.cache:
        yield Problem(cause="is distributed and copies its weights into each pod, front ends too")


def _front_ends_that_scale(pool: PoolSettings) -> Iterator[Problem]:
    if pool.distributed and pool.scaling:
        cause = "is distributed, and an autoscaler would count front ends, which compute nothing"
        yield Problem(cause=cause)


POOL_RULES: tuple[Rule[PoolSettings], ...] = (
    Rule(
        id="model-is-listed-once",
        key="models",
        sentence="A pool lists each model once.",
        cure="delete one of the two",
        judge=_models_twice,
    ),
    Rule(
        id="alias-is-not-a-model",
        key="aliases.*",
        sentence="An alias has a name that no model of its pool has.",
        cure="rename the alias",
        judge=_aliases_of_models,
    ),
    Rule(
        id="active-models-are-listed",
        key="active",
        sentence="A pool keeps at most as many models in memory as it lists.",
        cure="lower or delete `active`",
        judge=_too_many_active,
    ),
    Rule(
        id="claim-holds-the-pods",
        key="replicas",
        sentence="A pool of several pods, those of `surge` included, has a claim for many nodes.",
        cure=f"{_MANY_NODES}, or replicas 1 and no surge",
        judge=_pods_beyond_the_claim,
    ),
    Rule(
        id="claim-holds-the-scaled-pods",
        key="scaling.max",
        sentence="A pool that scales beyond one pod has a claim for many nodes.",
        cure=f"{_MANY_NODES}, or scaling.max 1",
        judge=_scales_beyond_the_claim,
    ),
    Rule(
        id="claim-lets-pods-spread",
        key="scheduling.spread",
        sentence="Pods are spread only over a claim for many nodes.",
        cure=f"{_MANY_NODES}, or delete scheduling.spread",
        judge=_spread_beyond_the_claim,
    ),
    Rule(
        id="replicas-have-one-owner",
        key="replicas",
        sentence="The number of pods is fixed or left to an autoscaler.",
        cure="delete `replicas`, or delete `scaling`",
        judge=_counted_twice,
    ),
    Rule(
        id="gpus-have-a-profile",
        key="gpus",
        sentence="What is said about GPUs is said about a GPU profile.",
        cure="add `gpu`",
        judge=_gpus_of_no_profile,
    ),
    Rule(
        id="gpus-are-counted-or-claimed",
        key="gpus",
        sentence="GPUs come from a device plugin or from a DRA driver.",
        cure="delete `gpus`, and count them in gpuClaim.count",
        judge=_counts_and_claims,
    ),
    Rule(
        id="gpus-are-shared-or-claimed",
        key="gpuShare",
        sentence="Shares of GPUs come from a device plugin, not from a DRA driver.",
        cure="delete `gpuShare` or `gpuClaim`",
        judge=_shares_and_claims,
    ),
    Rule(
        id="pod-takes-one-share",
        key="gpus",
        sentence="A pod takes one share of a GPU.",
        cure="delete `gpus`, or delete `gpuShare`",
        judge=_several_shares,
    ),
    Rule(
        id="split-matches-the-gpus",
        key="tensorSplit",
        sentence="A model is split over as many GPUs as a pod takes.",
        cure="give tensorSplit a number for each GPU",
        judge=_split_over_other_gpus,
    ),
    Rule(
        id="claim-holds-the-workers",
        key="storage.access",
        sentence="A distributed pool has a claim for many nodes.",
        cure=_MANY_NODES,
        judge=_workers_beyond_the_claim,
    ),
    Rule(
        id="front-ends-cache-nothing",
        key="storage.cache",
        sentence="A distributed pool copies no weights into its pods.",
        cure="delete storage.cache",
        judge=_front_ends_with_a_cache,
    ),
    Rule(
        id="front-ends-do-not-scale",
        key="scaling",
        sentence="No autoscaler sets the number of front ends of a distributed pool.",
        cure="delete `scaling`; set distributed.workers",
        judge=_front_ends_that_scale,
    ),
)
