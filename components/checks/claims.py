"""Whether what a pool keeps fits where it keeps it: weights and engines, claim and cache."""

from collections.abc import Iterator

from components.pool.pool import Pool
from components.server.engines import about_bytes
from documents.quantity import whole_bytes
from documents.validation import Finding
from hardware.profile import GIB
from settings.config import PROJECT
from settings.stack.server import EngineSource

_POOLS = ("config", f"{PROJECT}:pools")


def claim_findings(pool: Pool) -> Iterator[Finding]:
    """Yield where a pool's claim or cache is too small, or where it has none and needs one."""
    path = (*_POOLS, pool.name, "storage")
    storage = pool.settings.storage
    if storage.images:
        yield from ((path, cause, cure) for cause, cure in _homeless(pool))
    weights, engines = _weights(pool), _engines(pool)
    if storage.size and weights + engines > whole_bytes(storage.size):
        along = "".join(f" and those of {guest.name}" for guest in pool.guests)
        kept = f" and about {engines / GIB:.1f} GiB of engines" if engines else ""
        cause = (
            f"its models{along} have {weights / GIB:.1f} GiB of weights{kept}, "
            f"the claim {storage.size}"
        )
        yield (*path, "size"), cause, f"use at least {-(-(weights + engines) // GIB) + 1}Gi"
    own = sum(file.size.bytes for file in pool.claim_files)
    if storage.cache and own > whole_bytes(storage.cache.size):
        cause = f"its models have {own / GIB:.1f} GiB of weights, its cache {storage.cache.size}"
        yield (*path, "cache", "size"), cause, f"use at least {-(-own // GIB) + 1}Gi"


def _homeless(pool: Pool) -> Iterator[tuple[str, str]]:
    """Yield what cannot come as an image."""
    if pool.context.settings.server.engines is not EngineSource.IMAGE_VOLUME:
        yield "keeps nothing, but engines go into a claim", "use `server: {engines: image-volume}`"
    kept = sorted(model.name for model in pool.models if any(not f.image for f in model.files))
    if kept:
        cause = f"keeps nothing, but the weights of {', '.join(kept)} are no image"
        yield cause, "use weights at an oci:// address, or give the pool a claim"


def _weights(pool: Pool) -> int:
    files = {file.path: file for one in (pool, *pool.guests) for file in one.claim_files}
    return sum(file.size.bytes for file in files.values())


def _engines(pool: Pool) -> int:
    if pool.context.settings.server.engines is not EngineSource.CLAIM:
        return 0
    # Pools with the same engines share one folder.
    kept = {(one.accelerator, one.engines): about_bytes(one) for one in (pool, *pool.guests)}
    return sum(kept.values())
