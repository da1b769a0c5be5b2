"""Workers: the pods of a distributed pool that compute, each with a name that outlives it."""

from dataclasses import dataclass

from lightkube.models.apps_v1 import StatefulSet, StatefulSetSpec
from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    EmptyDirVolumeSource,
    HTTPGetAction,
    PodTemplateSpec,
    Probe,
    ResourceRequirements,
    Service,
    ServicePort,
    ServiceSpec,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.models.networking_v1 import NetworkPolicy
from lightkube.models.policy_v1 import PodDisruptionBudget, PodDisruptionBudgetSpec

from components.engine.component import Component
from components.parts.labels import POOL, ROLE, common, metadata
from components.parts.part import Options, Part, object_part
from components.pool import durations
from components.pool.containers import scratch
from components.pool.placement import claim_labels, spread
from components.pool.pool import Pool
from components.server.distributed import WORKER_ROLE, mode, worker_variables, workers_name
from components.server.distributed_network import front_end_policy, worker_policy
from components.server.ending import grace, worker_lifecycle
from components.server.engines import copy_containers
from components.server.model_list import list_mount, list_volume
from components.server.server_pod import mounts, pod, server, volumes
from components.weights.program import script_volume
from settings.pool.distributed import DistributedSettings

_PORT = "files"


@dataclass(frozen=True, kw_only=True)
class WorkersArgs:
    """The distributed pool whose workers they are."""

    pool: Pool
    settings: DistributedSettings


def stateful_set(args: WorkersArgs) -> StatefulSet:
    """Return the workers of a pool; a parked pool has none."""
    pool, name = args.pool, workers_name(args.pool)
    return StatefulSet(
        metadata=metadata(pool.context, name, {POOL: pool.name}),
        spec=StatefulSetSpec(
            replicas=args.settings.workers if pool.settings.replicas else 0,
            serviceName=name,
            podManagementPolicy="Parallel",
            selector=LabelSelector(matchLabels=selector(pool)),
            template=template(args),
            revisionHistoryLimit=5,
        ),
    )


def selector(pool: Pool) -> dict[str, str]:
    """Return the labels by which a pool's workers are found; they never change."""
    return {POOL: pool.name, ROLE: WORKER_ROLE}


def template(args: WorkersArgs) -> PodTemplateSpec:
    """Return the pod template of a worker: that of a server, with another program in it."""
    pool = args.pool
    labels = {**common(pool.context), **selector(pool), **claim_labels(pool)}
    spec = pod(pool)
    # Front ends check the weights and read the list: another model restarts no worker.
    spec.initContainers = copy_containers(pool) or None
    spec.volumes = _volumes(pool)
    spec.topologySpreadConstraints = spread(pool, selector(pool))
    spec.containers = [_container(args)]
    # A worker ends its engines at once after SIGTERM, however many models it holds.
    spec.terminationGracePeriodSeconds = grace(pool.context.settings)
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=spec)


def _container(args: WorkersArgs) -> Container:
    pool, known = args.pool, mode(args.pool)
    container = server(pool)
    container.name = WORKER_ROLE
    models = pool.context.server.paths.models
    container.command = [pool.context.server.binary, known.verb, f"--models-path={models}"]
    container.env = worker_variables(pool, args.settings)
    container.ports = [
        ContainerPort(name=_PORT, containerPort=known.file_port),
        ContainerPort(name="grpc", containerPort=known.grpc_port),
    ]
    reserved = container.resources or ResourceRequirements()
    container.resources = scratch(reserved, _volumes(pool))
    container.volumeMounts = [one for one in mounts(pool) if one != list_mount()]
    container.volumeMounts += _scratch_mounts(pool)
    container.startupProbe = _probe(
        known.readiness, period=durations.STARTUP_PERIOD, failures=durations.startup_failures()
    )
    container.lifecycle = worker_lifecycle(pool)
    container.readinessProbe = _probe(known.readiness, period=5, failures=3)
    container.livenessProbe = _probe(known.liveness, period=15, failures=8)
    return container


def _volumes(pool: Pool) -> list[Volume]:
    left_out = (script_volume(pool), list_volume(pool))
    return [
        *(one for one in volumes(pool) if one not in left_out),
        *_scratch_volumes(pool),
    ]


def _scratch_volumes(pool: Pool) -> list[Volume]:
    return [
        Volume(name=path.strip("/"), emptyDir=EmptyDirVolumeSource(sizeLimit="1Gi"))
        for path in mode(pool).scratch
    ]


def _scratch_mounts(pool: Pool) -> list[VolumeMount]:
    return [VolumeMount(name=path.strip("/"), mountPath=path) for path in mode(pool).scratch]


def _probe(path: str, *, period: int, failures: int) -> Probe:
    return Probe(
        httpGet=HTTPGetAction(path=path, port=_PORT),
        periodSeconds=period,
        timeoutSeconds=5,
        failureThreshold=failures,
    )


def names(pool: Pool) -> Service:
    """Return the Service that gives each worker a name, before it is ready too."""
    known = mode(pool)
    return Service(
        metadata=metadata(pool.context, workers_name(pool), {POOL: pool.name}),
        spec=ServiceSpec(
            clusterIP="None",
            publishNotReadyAddresses=True,
            selector=selector(pool),
            ports=[ServicePort(name=_PORT, port=known.file_port, protocol="TCP")],
        ),
    )


def disruption_budget(pool: Pool) -> PodDisruptionBudget:
    """Return how many workers a drain may take at once: one, so that it never blocks."""
    return PodDisruptionBudget(
        metadata=metadata(pool.context, workers_name(pool), {POOL: pool.name}),
        spec=PodDisruptionBudgetSpec(
            maxUnavailable=1,
            selector=LabelSelector(matchLabels=selector(pool)),
            # A pod that crashes serves nobody: it keeps no node from being drained.
            unhealthyPodEvictionPolicy="AlwaysAllow",
        ),
    )


def policies(args: WorkersArgs) -> tuple[NetworkPolicy, NetworkPolicy]:
    """Return who may talk to whom in the pool: the policies of front ends and of workers."""
    return front_end_policy(args.pool, args.settings), worker_policy(args.pool, args.settings)


def parts(name: str, args: WorkersArgs) -> tuple[Part, ...]:
    """Return the policies, the names, the workers and their disruption budget."""
    front_ends, workers = policies(args)
    ending = grace(args.pool.context.settings)
    options = Options(
        timeout=durations.rollout(args.settings.workers, args.pool.copied_bytes, ending)
    )
    return (
        object_part(f"{name}-front-end-policy", front_ends),
        object_part(f"{name}-policy", workers),
        object_part(f"{name}-names", names(args.pool)),
        object_part(f"{name}-stateful-set", stateful_set(args), options),
        object_part(f"{name}-disruption-budget", disruption_budget(args.pool)),
    )


class Workers(Component[WorkersArgs]):
    """The workers of a distributed pool."""

    token = "localai:components:Workers"
    parts = staticmethod(parts)
