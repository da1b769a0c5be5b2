"""What holds of an object by its kind, one row each.

A new kind is one row here and the function that builds it: what adopts a server, judges objects or
stands in for the provider reads the same rows. What replaces an object is a fact of the provider
and stands in `gitops/planning/forcing.py`.
"""

from dataclasses import dataclass
from enum import Enum


class Pods(Enum):
    """Which pods an object makes: those of a server, or those that end when their work is done."""

    SERVE = "serve"
    ONCE = "once"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of object; `module` has its class, and a custom resource has none."""

    api: str
    module: str | None = None
    # Whether a stack may hold it; the others are found where something else was deployed.
    is_ours: bool = True
    # When Argo CD applies it: objects of a wave have to be healthy before the next one starts.
    wave: int = 0
    # What the provider waits for where it knows nothing of the kind by itself.
    wait_for: tuple[str, ...] = ()
    is_awaited: bool = True
    # Whether pods take it in: what makes them comes after it.
    is_taken_in: bool = False
    pods: Pods | None = None
    # Where the template of its pods is; a pod is its own.
    template: tuple[str, ...] = ("spec", "template")
    # Whether a new pod has the name of the one it replaces, which ends before.
    keeps_names: bool = False
    # Where an autoscaler says how many replicas there are at most.
    most_replicas: str | None = None


# A claim that binds to its first consumer is never healthy before the Job that consumes it: both
# are in wave 0. Servers follow once the Jobs have completed.
_SERVERS = 1
# These are well only once what they lead to is there, so nothing may wait for them.
LAST_WAVE = 2

KINDS = {
    "AnalysisTemplate": Kind(api="argoproj.io/v1alpha1"),
    "Application": Kind(
        api="argoproj.io/v1alpha1",
        wait_for=(
            "jsonpath={.status.sync.status}=Synced",
            "jsonpath={.status.health.status}=Healthy",
        ),
    ),
    "ConfigMap": Kind(api="v1", module="core.v1", is_taken_in=True),
    "CronJob": Kind(
        api="batch/v1",
        module="batch.v1",
        # Argo CD's judgment of one says how its last Job ended.
        wave=LAST_WAVE,
        pods=Pods.ONCE,
        template=("spec", "jobTemplate", "spec", "template"),
    ),
    "DaemonSet": Kind(api="apps/v1", is_ours=False, pods=Pods.SERVE, keeps_names=True),
    "Deployment": Kind(api="apps/v1", module="apps.v1", wave=_SERVERS, pods=Pods.SERVE),
    "ExternalSecret": Kind(api="external-secrets.io/v1", wait_for=("condition=Ready",)),
    "HTTPRoute": Kind(api="gateway.networking.k8s.io/v1", wave=LAST_WAVE),
    "HorizontalPodAutoscaler": Kind(
        api="autoscaling/v2", module="autoscaling.v2", wave=LAST_WAVE, most_replicas="maxReplicas"
    ),
    "Ingress": Kind(api="networking.k8s.io/v1", module="networking.v1", wave=LAST_WAVE),
    "IngressRoute": Kind(api="traefik.io/v1alpha1", wave=LAST_WAVE),
    "Job": Kind(api="batch/v1", module="batch.v1", pods=Pods.ONCE),
    "LimitRange": Kind(api="v1", module="core.v1"),
    "NetworkPolicy": Kind(api="networking.k8s.io/v1", module="networking.v1"),
    # Where a class binds on first use, the provider waits for a new claim to be Pending. A kept
    # claim that is taken over is Bound already, and the Jobs wait for the others.
    "PersistentVolumeClaim": Kind(api="v1", module="core.v1", is_awaited=False, is_taken_in=True),
    "Pod": Kind(api="v1", is_ours=False, pods=Pods.ONCE, template=()),
    "PodDisruptionBudget": Kind(api="policy/v1", module="policy.v1"),
    "PodMonitor": Kind(api="monitoring.coreos.com/v1"),
    "PrometheusRule": Kind(api="monitoring.coreos.com/v1"),
    "ReplicaSet": Kind(api="apps/v1", is_ours=False, pods=Pods.SERVE),
    "ResourceClaimTemplate": Kind(api="resource.k8s.io/v1", module="resource.v1"),
    "ResourceQuota": Kind(api="v1", module="core.v1"),
    # A sync or an update that waited for the last step of a rollout could not begin the way back:
    # once pods serve, both are done.
    "Rollout": Kind(
        api="argoproj.io/v1alpha1",
        wave=LAST_WAVE,
        wait_for=("condition=Available",),
        pods=Pods.SERVE,
    ),
    "ScaledObject": Kind(api="keda.sh/v1alpha1", wave=LAST_WAVE, most_replicas="maxReplicaCount"),
    # Velero makes backups by it; it has nothing to wait for.
    "Schedule": Kind(api="velero.io/v1", wave=LAST_WAVE),
    "Secret": Kind(api="v1", module="core.v1", is_taken_in=True),
    # The provider lets its endpoints settle for ten seconds before the engine writes it down; the
    # Deployment behind it is waited for anyway. A load balancer's address is waited for.
    "Service": Kind(api="v1", module="core.v1", is_awaited=False),
    "ServiceAccount": Kind(api="v1", module="core.v1", is_taken_in=True),
    "ServiceMonitor": Kind(api="monitoring.coreos.com/v1"),
    "StatefulSet": Kind(
        api="apps/v1", module="apps.v1", wave=_SERVERS, pods=Pods.SERVE, keeps_names=True
    ),
    "TraefikService": Kind(api="traefik.io/v1alpha1"),
    # Asked for before what changes the data; a claim that is not bound yet has none.
    "VolumeSnapshot": Kind(api="snapshot.storage.k8s.io/v1", wave=-1),
}

_OF_NO_CLUSTER = {"random:index/randomPassword:RandomPassword": ("pulumi_random", "RandomPassword")}


def pods_of(kind: str) -> Pods | None:
    """Return which pods the objects of a kind make."""
    row = KINDS.get(kind)
    return row.pods if row else None


def kinds_of_pods(*pods: Pods, ours: bool | None = None) -> tuple[str, ...]:
    """Return the kinds that make such pods: all of them, ours, or those that are not."""
    return tuple(
        kind
        for kind, row in KINDS.items()
        if row.pods in pods and (ours is None or row.is_ours is ours)
    )


def class_of(token: str) -> tuple[str, str] | None:
    """Return module and name of the class of a type token; a custom resource has none of its own.

    Those classes carry versions, aliases and output types.
    """
    name = token.rpartition(":")[2]
    row = KINDS.get(name)
    if row and row.module and token == token_of(row.api, name):
        return f"pulumi_kubernetes.{row.module}", name
    return _OF_NO_CLUSTER.get(token)


def token_of(api: str, kind: str) -> str:
    """Return the type token under which the Kubernetes provider knows a kind."""
    group = api if "/" in api else f"core/{api}"
    return f"kubernetes:{group}:{kind}"
