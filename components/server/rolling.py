"""How long the pods of a pool may take to be replaced, in seconds."""

from components.pool import durations
from components.pool.pool import Pool
from components.server.ending import grace
from components.server.loading import preloaded_bytes
from components.server.server_pod import stopping


def ending(pool: Pool) -> int:
    """Return how long a pod that goes may take."""
    return grace(pool.context.settings, stopping(pool))


def starting(pool: Pool) -> int:
    """Return how long a new pod may take to be ready once its image is there."""
    return durations.startup(_read_bytes(pool))


def progress(pool: Pool) -> int:
    """Return how long its Deployment may go without a pod ready."""
    return durations.progress(_read_bytes(pool), ending(pool))


def rollout(pool: Pool) -> int:
    """Return how long the engine waits until all of its pods are new."""
    return durations.rollout(pool.settings.largest, _read_bytes(pool), ending(pool))


def _read_bytes(pool: Pool) -> int:
    """Return how many bytes of weights a new pod copies and loads before it is ready."""
    return pool.copied_bytes + preloaded_bytes(pool)
