"""Which models of a pool are in memory: those that load at the start, and when others give way."""

from collections.abc import Mapping

from components.pool.pool import Pool
from localai.release import LIMIT, PRELOAD, RETRIES, preloads, roomy
from models.definition import Definition

# A model gives way a little after its longest answer.
_MARGIN = 30


def limit(pool: Pool) -> int:
    """Return the limit of active models: that of the pool, or one at which none gives way.

    The latter bounds nothing in a front end, which holds no engine: its workers do.
    """
    return pool.active if gives_way(pool) else roomy(pool.active)


def gives_way(pool: Pool) -> bool:
    """Return whether a pool lists more models than may be in memory."""
    return pool.active < len(pool.models)


def preloaded(pool: Pool) -> tuple[Definition, ...]:
    """Return the models that a server loads before it is ready: then readiness proves them.

    A front end holds none: it would have its workers load, and wait for those while they start.
    """
    if pool.settings.distributed or not preloads(limit(pool)):
        return ()
    return pool.models[: pool.active]


def preloaded_bytes(pool: Pool) -> int:
    """Return how many bytes of weights a server reads before it is ready, each file once."""
    files = {file.path: file.size.bytes for model in preloaded(pool) for file in model.files}
    return sum(files.values())


def variables(pool: Pool) -> Mapping[str, str]:
    """Return what tells a server which models to hold."""
    found = {LIMIT: str(limit(pool))}
    if first := preloaded(pool):
        found[PRELOAD] = ",".join(model.name for model in first)
    if gives_way(pool):
        found[RETRIES] = str(pool.context.settings.server.longest_answer + _MARGIN)
    return found
