"""The pods of a distributed pool: front ends without a GPU, and workers with lasting names."""

from dataclasses import dataclass

from lightkube.models.apps_v1 import StatefulSet, StatefulSetSpec
from lightkube.models.core_v1 import (
    ContainerPort,
    EmptyDirVolumeSource,
    PodTemplateSpec,
    ResourceRequirements,
    Service,
    ServicePort,
    ServiceSpec,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.networking_v1 import NetworkPolicy

from components.engine.component import Component
from components.network.policies import SERVER_ROLE
from components.parts.builders import disruption_budget
from components.parts.labels import POOL, metadata
from components.parts.part import Options, Part, object_part
from components.pool import durations
from components.pool.containers import scratch
from components.pool.placement import queue
from components.pool.pool import Pool
from components.server.distributed import (
    WORKER_ROLE,
    front_end_policy,
    front_end_variables,
    mode,
    worker_policy,
    worker_variables,
    workers_name,
)
from components.server.ending import grace, worker_lifecycle
from components.server.engines import copy_containers
from components.server.server_pod import (
    PodShape,
    Probes,
    Program,
    container,
    environment,
    mounts,
    pod_labels,
    pod_template,
    resources,
    server,
    stopping,
    volumes,
)
from components.weights.volumes import first_containers
from localai.release import Accelerator
from settings.pool.distributed import DistributedSettings

# It hands requests on; the room is for those that wait.
_AMOUNTS = {"cpu": "2", "memory": "4Gi"}


def front_end_template(pool: Pool, settings: DistributedSettings) -> PodTemplateSpec:
    """Return the pod template of a pool's front ends; its labels are those of a server."""
    env = [*environment(pool), *front_end_variables(settings)]
    found = volumes(pool, engines=False)
    reserved = ResourceRequirements(requests=dict(_AMOUNTS), limits=dict(_AMOUNTS))
    shape = PodShape(
        role=SERVER_ROLE,
        container=container(
            pool,
            server(pool, env, Accelerator.CPU),
            scratch(reserved, found),
            mounts(pool, engines=False),
        ),
        init_containers=first_containers(pool),
        volumes=found,
        stopping=stopping(pool),
        # The nodes of the GPUs are for the workers.
        on_gpus=False,
    )
    return pod_template(pool, shape)


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
        metadata=metadata(pool.context, name, {POOL: pool.name, **queue(pool)}),
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
    return pod_labels(pool, WORKER_ROLE)


def template(args: WorkersArgs) -> PodTemplateSpec:
    """Return the pod template of a worker: engines and weights of a pool, and another program."""
    pool = args.pool
    # Front ends check the weights and read the list: another model restarts no worker.
    found = [*volumes(pool, model_list=False), *_scratch_volumes(pool)]
    inside = [*mounts(pool, model_list=False), *_scratch_mounts(pool)]
    shape = PodShape(
        role=WORKER_ROLE,
        container=container(pool, _worker(args), resources(pool, found), inside),
        init_containers=copy_containers(pool),
        volumes=found,
        # A worker ends its engines at once after SIGTERM, however many models it holds.
        stopping=0,
    )
    return pod_template(pool, shape)


def _worker(args: WorkersArgs) -> Program:
    pool, known = args.pool, mode(args.pool)
    models = pool.context.server.paths.models
    return Program(
        name=WORKER_ROLE,
        accelerator=pool.accelerator,
        command=[pool.context.server.binary, known.verb, f"--models-path={models}"],
        env=worker_variables(pool, args.settings),
        ports=[
            ContainerPort(name=_PORT, containerPort=known.file_port),
            ContainerPort(name="grpc", containerPort=known.grpc_port),
        ],
        probes=Probes(
            port=_PORT,
            readiness=known.readiness,
            liveness=known.liveness,
            startup=durations.startup(),
        ),
        lifecycle=worker_lifecycle(pool),
    )


def _scratch_volumes(pool: Pool) -> list[Volume]:
    return [
        Volume(name=path.strip("/"), emptyDir=EmptyDirVolumeSource(sizeLimit="1Gi"))
        for path in mode(pool).scratch
    ]


def _scratch_mounts(pool: Pool) -> list[VolumeMount]:
    return [VolumeMount(name=path.strip("/"), mountPath=path) for path in mode(pool).scratch]


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


def policies(args: WorkersArgs) -> tuple[NetworkPolicy, NetworkPolicy]:
    """Return who may talk to whom in the pool: the policies of front ends and of workers."""
    return front_end_policy(args.pool, args.settings), worker_policy(args.pool, args.settings)


class Workers(Component[WorkersArgs]):
    """The workers of a distributed pool."""

    token = "localai:components:Workers"

    @staticmethod
    def parts(name: str, args: WorkersArgs) -> tuple[Part, ...]:
        """Return the policies, the names, the workers and their disruption budget."""
        front_ends, workers = policies(args)
        meta = metadata(args.pool.context, workers_name(args.pool), {POOL: args.pool.name})
        budget = disruption_budget(meta, selector(args.pool))
        ending = grace(args.pool.context.settings)
        options = Options(
            timeout=durations.rollout(args.settings.workers, args.pool.copied_bytes, ending)
        )
        return (
            object_part(f"{name}-front-end-policy", front_ends),
            object_part(f"{name}-policy", workers),
            object_part(f"{name}-names", names(args.pool)),
            object_part(f"{name}-stateful-set", stateful_set(args), options),
            object_part(f"{name}-disruption-budget", budget),
        )
