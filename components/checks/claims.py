"""What a pool keeps fits where it keeps it: weights and engines, claim and cache."""

from collections.abc import Iterator, Sequence

from components.pool.placement import ARCH, node_selector
from components.pool.pool import Pool
from components.server.engines import about_bytes, folder, other_processor
from documents.problem import Problem
from documents.quantity import whole_bytes
from documents.rule import Rule
from hardware.profile import GIB
from settings.stack.server import EngineSource


def _engines_without_a_claim(pool: Pool) -> Iterator[Problem]:
    engines = pool.context.settings.server.engines
    if pool.settings.storage.images and engines is not EngineSource.IMAGE_VOLUME:
        yield Problem(cause="keeps nothing, but engines go into a claim")


def _weights_without_a_claim(pool: Pool) -> Iterator[Problem]:
    if not pool.settings.storage.images:
        return
    kept = sorted(model.name for model in pool.models if any(not f.image for f in model.files))
    if kept:
        cause = f"keeps nothing, but the weights of {', '.join(kept)} are not an image"
        yield Problem(cause=cause)


def _small_claim(pool: Pool) -> Iterator[Problem]:
    size = pool.settings.storage.size
    weights, engines = _weights(pool), _engines(pool)
    if size and weights + engines > whole_bytes(size):
        along = "".join(f" and those of {guest.name}" for guest in pool.guests)
        kept = f" and about {engines / GIB:.1f} GiB of engines" if engines else ""
        cause = f"its models{along} have {weights / GIB:.1f} GiB of weights{kept}, the claim {size}"
        yield Problem(cause=cause, cure=f"use at least {-(-(weights + engines) // GIB) + 1}Gi")


def _small_cache(pool: Pool) -> Iterator[Problem]:
    cache = pool.settings.storage.cache
    own = sum(file.size.bytes for file in pool.claim_files)
    if cache and own > whole_bytes(cache.size):
        cause = f"its models have {own / GIB:.1f} GiB of weights, its cache {cache.size}"
        yield Problem(cause=cause, cure=f"use at least {-(-own // GIB) + 1}Gi")


def _weights(pool: Pool) -> int:
    files = {file.path: file for one in (pool, *pool.guests) for file in one.claim_files}
    return sum(file.size.bytes for file in files.values())


def _engines(pool: Pool) -> int:
    if pool.context.settings.server.engines is not EngineSource.CLAIM:
        return 0
    # Pools with the same engines share one folder.
    kept = {
        (one.accelerator, one.engines, other_processor(one, pool)): about_bytes(one)
        for one in (pool, *pool.guests)
    }
    return sum(kept.values())


def _on_other_nodes(pools: Sequence[Pool]) -> Iterator[Problem]:
    first: dict[str, Pool] = {}
    for pool in pools:
        other = first.setdefault(pool.claim, pool)
        if pool.one_node and _nodes(pool) != _nodes(other):
            cause = f"shares the one-node claim {pool.claim} with {other.name} on other nodes"
            yield Problem(path=("pools", pool.name, "storage"), cause=cause)


def _engines_of_two_processors(pools: Sequence[Pool]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Pool] = {}
    for pool in pools:
        # A claim for one node has the rule above, and one that is lent has a folder for each.
        if not pool.claim or pool.one_node or pool.lender:
            continue
        if pool.context.settings.server.engines is not EngineSource.CLAIM:
            continue
        other = first.setdefault((pool.claim, folder(pool)), pool)
        own, theirs = map(_processor, (pool, other))
        if own != theirs:
            cause = (
                f"shares the engines on the claim {pool.claim} with {other.name}, but runs on "
                f"{own} nodes, and {other.name} on {theirs} nodes"
            )
            yield Problem(path=("pools", pool.name, "storage"), cause=cause)


def _processor(pool: Pool) -> str:
    return (node_selector(pool) or {}).get(ARCH, "any")


def _nodes(pool: Pool) -> tuple[str | None, dict[str, str] | None]:
    return pool.settings.gpu, node_selector(pool)


CLAIM_RULES: tuple[Rule[Pool], ...] = (
    Rule(
        id="engines-have-a-claim",
        key="storage",
        sentence="A pool without a claim gets its engines as image volumes.",
        cure="use `server: {engines: image-volume}`",
        judge=_engines_without_a_claim,
    ),
    Rule(
        id="weights-have-a-claim",
        key="storage",
        sentence="A pool without a claim gets its weights as images.",
        cure="use weights at an oci:// address, or give the pool a claim",
        judge=_weights_without_a_claim,
    ),
    Rule(
        id="claim-fits-its-files",
        key="storage.size",
        sentence="A claim has room for the weights and engines of every pool that reads it.",
        cure="use a larger size",
        judge=_small_claim,
    ),
    Rule(
        id="cache-fits-its-files",
        key="storage.cache.size",
        sentence="A cache has room for the weights of its pool.",
        cure="use a larger size",
        judge=_small_cache,
    ),
)
SHARED_CLAIM_RULES: tuple[Rule[Sequence[Pool]], ...] = (
    Rule(
        id="claim-for-one-node-has-one-kind-of-node",
        key="pools.*.storage",
        sentence="Pools with the same claim for one node run on the same nodes.",
        cure="use a ReadWriteMany claim, or the same nodes",
        judge=_on_other_nodes,
    ),
    Rule(
        id="claim-has-engines-for-one-processor",
        key="pools.*.storage",
        sentence="Pools that name one existing claim run on the same kind of processor.",
        cure=(
            "name one `scheduling.arch` for both, let one read the claim of the other (`from`), or "
            "give each a claim of its own"
        ),
        judge=_engines_of_two_processors,
    ),
)
