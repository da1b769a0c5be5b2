"""How a pool's pods are replaced: never by waiting for a GPU or a claim that is not there."""

from lightkube.models.apps_v1 import DeploymentStrategy, RollingUpdateDeployment

from components.pool.pool import Pool


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
