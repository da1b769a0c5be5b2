"""The components of one pool: its files first, then the servers that read them."""

from collections.abc import Iterable, Iterator

from components.engine.declaration import Declaration, declare
from components.keys import api_key
from components.pool.identity import Identity
from components.pool.pool import Pool
from components.server.engines import Engines
from components.server.local_ai import Addresses, LocalAI, component_name
from components.server.model_list import ModelConfig
from components.server.scaling import Scaling, ScalingArgs
from components.server.workers import Workers, WorkersArgs
from components.weights.program import Program
from components.weights.volumes import ModelStorage
from components.weights.weights import Weights

PROGRAM = "program"


def components(pools: Iterable[Pool]) -> Iterator[Declaration]:
    """Yield the components of every pool; one that lends its claim comes before its readers."""
    pools = tuple(pools)
    if pools:
        yield declare(Program, PROGRAM, pools[0].context)
    for pool in sorted(pools, key=lambda pool: pool.lender is not None):
        yield from _files(pool)
        yield from _servers(pool)


def serving(pools: Iterable[Pool]) -> Iterator[str]:
    """Yield the names of the components whose pods serve."""
    for pool in pools:
        yield pool.component
        if pool.settings.distributed:
            yield f"{pool.component}-workers"


def _files(pool: Pool) -> Iterator[Declaration]:
    name = pool.component
    claim = _claim(name)
    yield declare(Identity, f"{name}-identity", pool)
    yield declare(ModelStorage, f"{name}-storage", pool)
    yield declare(Weights, f"{name}-weights", pool, after=(*claim, PROGRAM))
    yield declare(Engines, f"{name}-engines", pool, after=claim)
    yield declare(ModelConfig, f"{name}-models", pool)


def _servers(pool: Pool) -> Iterator[Declaration]:
    name, settings = pool.component, pool.settings
    lent = _filled(pool.lender) if pool.lender else ()
    reads = (PROGRAM, *_claim(name), *_filled(pool), f"{name}-models", *lent,
             *api_key.names(pool.context))  # fmt: skip
    yield declare(LocalAI, name, pool, after=reads)
    if settings.distributed:
        # They register with front ends, which in turn wait for them: both start at once.
        workers = WorkersArgs(pool=pool, settings=settings.distributed)
        yield declare(
            Workers, f"{name}-workers", workers, after=(*_claim(name), *_filled(pool), *lent)
        )
    if settings.scaling:
        bounds = ScalingArgs(pool=pool, settings=settings.scaling)
        yield declare(Scaling, f"{name}-scaling", bounds, after=[name])
    if settings.addresses:
        yield declare(Addresses, component_name(pool.name), pool, after=[name])


def _claim(name: str) -> tuple[str, str]:
    """Return the components with account and claim, which every pod of a pool takes in."""
    return f"{name}-identity", f"{name}-storage"


def _filled(pool: Pool) -> tuple[str, str]:
    """Return the components that fill the claim of a pool."""
    return f"{pool.component}-weights", f"{pool.component}-engines"
