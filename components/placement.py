"""Where the pods of a pool may run: its GPU profile's nodes, and the node that holds its claim."""

from lightkube.models.core_v1 import Affinity, PodAffinity, PodAffinityTerm, Toleration
from lightkube.models.meta_v1 import LabelSelector

from components.labels import CLAIM
from components.pool import Pool
from settings.storage import Access


def node_selector(pool: Pool) -> dict[str, str] | None:
    """Return the node labels a pod of the pool asks for."""
    profile = dict(pool.profile.node_selector) if pool.profile else {}
    return {**profile, **pool.settings.node_selector} or None


def tolerations(pool: Pool) -> list[Toleration] | None:
    """Return the taints a pod of the pool accepts."""
    if not pool.profile:
        return None
    return [
        Toleration(key=taint.key, operator="Exists", effect=taint.effect)
        for taint in pool.profile.tolerations
    ]


def claim_labels(pool: Pool) -> dict[str, str]:
    """Return the label that marks every pod that mounts the pool's claim."""
    return {CLAIM: pool.claim}


def affinity(pool: Pool) -> Affinity | None:
    """Return what keeps pods that share a one-node claim on one node.

    The term selects the pod's own label too: Kubernetes lets the first such pod start anywhere.
    """
    if pool.settings.storage.access is Access.MANY_NODES:
        return None
    term = PodAffinityTerm(
        labelSelector=LabelSelector(matchLabels=claim_labels(pool)),
        topologyKey="kubernetes.io/hostname",
    )
    return Affinity(podAffinity=PodAffinity(requiredDuringSchedulingIgnoredDuringExecution=[term]))
