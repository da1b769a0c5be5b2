"""Where the pods of a pool may run: its GPU profile's nodes, and the node that holds its claim."""

from lightkube.models.core_v1 import (
    Affinity,
    PodAffinity,
    PodAffinityTerm,
    Toleration,
    TopologySpreadConstraint,
)
from lightkube.models.meta_v1 import LabelSelector

from components.parts.labels import CLAIM
from components.pool import gpus
from components.pool.pool import Pool
from settings.pool.scheduling import Spread

ARCH = "kubernetes.io/arch"
# Kueue hands it on to the pods (its pages on running a Deployment and a StatefulSet).
_QUEUE = "kueue.x-k8s.io/queue-name"
_TOPOLOGY = {Spread.ZONE: "topology.kubernetes.io/zone", Spread.NODE: "kubernetes.io/hostname"}


def queue(pool: Pool) -> dict[str, str]:
    """Return the label by which Kueue admits the pods of a workload, where a queue is named."""
    name = pool.settings.scheduling.queue
    return {_QUEUE: name} if name else {}


def node_selector(pool: Pool, *, on_gpus: bool = True) -> dict[str, str] | None:
    """Return the node labels a pod asks for: those of its GPUs, and the stack file's own."""
    arch = pool.settings.scheduling.arch
    known = gpus.labels(pool) if on_gpus else {}
    chosen = {ARCH: arch.value} if arch else {}
    return {**known, **chosen, **pool.settings.node_selector} or None


def tolerations(pool: Pool, *, on_gpus: bool = True) -> list[Toleration] | None:
    """Return the taints a pod of the pool accepts: those of its GPUs, and the stack file's own."""
    found = [
        Toleration(key=taint.key, operator="Exists", effect=taint.effect)
        for taint in (pool.profile.tolerations if pool.profile and on_gpus else ())
    ]
    found += [
        Toleration(key=taint.key, operator=taint.operator, value=taint.value, effect=taint.effect)
        for taint in pool.settings.scheduling.tolerations
    ]
    return found if found or (pool.profile and on_gpus) else None


def claim_labels(pool: Pool) -> dict[str, str]:
    """Return the label that marks every pod that mounts the pool's claim."""
    return {CLAIM: pool.claim} if pool.claim else {}


def affinity(pool: Pool) -> Affinity | None:
    """Return what keeps pods that share a one-node claim on one node.

    The term selects the pod's own label too: Kubernetes lets the first such pod start anywhere.
    """
    if not pool.one_node:
        return None
    term = PodAffinityTerm(
        labelSelector=LabelSelector(matchLabels=claim_labels(pool)),
        topologyKey="kubernetes.io/hostname",
    )
    return Affinity(podAffinity=PodAffinity(requiredDuringSchedulingIgnoredDuringExecution=[term]))


def spread(pool: Pool, selector: dict[str, str]) -> list[TopologySpreadConstraint] | None:
    """Return what keeps pods of one revision apart; a pod that finds no such place runs anyway."""
    wanted = pool.settings.scheduling.spread
    if not wanted:
        return None
    return [
        TopologySpreadConstraint(
            maxSkew=1,
            topologyKey=_TOPOLOGY[wanted],
            whenUnsatisfiable="ScheduleAnyway",
            labelSelector=LabelSelector(matchLabels=selector),
            # Pods of the revision that goes do not count against those of the new one.
            matchLabelKeys=["pod-template-hash"],
        )
    ]


def by_node(selector: dict[str, str]) -> TopologySpreadConstraint:
    """Return what keeps the pods of an add-on on different nodes where there are some."""
    return TopologySpreadConstraint(
        maxSkew=1,
        topologyKey=_TOPOLOGY[Spread.NODE],
        whenUnsatisfiable="ScheduleAnyway",
        labelSelector=LabelSelector(matchLabels=selector),
    )
