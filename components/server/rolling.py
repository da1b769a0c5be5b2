"""How a pool's pods are replaced: in which order, and how long it may take."""

from lightkube.models.apps_v1 import DeploymentStrategy, RollingUpdateDeployment

from components.pool import durations
from components.pool.pool import Pool
from components.server.ending import grace
from components.server.model_list import preloaded_bytes
from components.server.server_pod import stopping


def strategy(pool: Pool) -> DeploymentStrategy:
    """Return how the pods of a pool are replaced.

    With spare room for `surge` pods, new ones start first. Without, an old pod goes first: one by
    one where others serve meanwhile, or the only one, which is downtime.

    It is a rolling update always. `Recreate` excludes the fields of one, so going from one to the
    other on one object is refused in a preview (docs/decisions/0002-ownership.md). A pod that ends
    does not hold its successor up for longer: what holds a GPU or a one-node claim on another node
    is waited for by the scheduler, and on the same node both pods may hold the claim.
    """
    surge = pool.settings.surge
    rolling = RollingUpdateDeployment(maxSurge=surge, maxUnavailable=0 if surge else 1)
    return DeploymentStrategy(type="RollingUpdate", rollingUpdate=rolling)


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
