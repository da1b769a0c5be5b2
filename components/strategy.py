"""How a pool's pods are replaced: never by waiting for a GPU or a claim that is not there."""

from lightkube.models.apps_v1 import DeploymentStrategy, RollingUpdateDeployment

from components.pool import Pool


def strategy(pool: Pool) -> DeploymentStrategy:
    """Return how the pods of a pool are replaced.

    With spare room for `surge` pods, new ones start first. Without, the old pod goes first: one by
    one where others serve meanwhile, or the only one, which is downtime. An autoscaler's pods go
    one by one: how many there are is known only then.
    """
    settings = pool.settings
    if settings.surge:
        return _rolling(surge=settings.surge, unavailable=0)
    if settings.largest > 1:
        return _rolling(surge=0, unavailable=1)
    return DeploymentStrategy(type="Recreate")


def _rolling(*, surge: int, unavailable: int) -> DeploymentStrategy:
    rolling = RollingUpdateDeployment(maxSurge=surge, maxUnavailable=unavailable)
    return DeploymentStrategy(type="RollingUpdate", rollingUpdate=rolling)
