"""The pod of a pool: a check of its weights, then the server; all but scratch is read-only."""

from dataclasses import dataclass
from fractions import Fraction

from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    EmptyDirVolumeSource,
    EnvVar,
    Lifecycle,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.keys import api_key
from components.network.policies import SERVER_ROLE
from components.parts.builders import http_probe
from components.parts.labels import POOL, common
from components.parts.roles import ROLE
from components.pool import durations, gpus
from components.pool.containers import container_security, pod_security, scratch
from components.pool.placement import affinity, claim_labels, node_selector, spread, tolerations
from components.pool.pool import Pool
from components.server import model_list
from components.server.ending import grace, lifecycle
from components.server.engines import copy_containers, engine_mount, engine_volumes
from components.server.model_list import FILE, list_mount, list_volume, preloaded_bytes
from components.weights.job import tmp_mount, tmp_volume
from components.weights.program import script_volume
from components.weights.volumes import first_containers, weight_mounts, weight_volumes
from documents.quantity import bytes_text
from localai.release import Accelerator
from localai.server import server_image

# LocalAI hands the limit to Echo as `27M`, which is millions of bytes; nginx counts in MiB. Rounded
# up, it takes all that an ingress lets through (core/http/app.go; gommon, bytes.Parse).
_MB = 10**6


def environment(pool: Pool) -> list[EnvVar]:
    """Return the variables of a pool's server, sorted by name."""
    paths = pool.context.server.paths
    values = {
        **pool.context.server.closed_doors,
        **model_list.variables(pool),
        "LOCALAI_ADDRESS": f":{pool.context.server.port}",
        "LOCALAI_BACKENDS_PATH": paths.backends,
        "LOCALAI_BACKENDS_SYSTEM_PATH": paths.backends_system,
        "LOCALAI_CONFIG_DIR": paths.configuration,
        "LOCALAI_DATA_PATH": paths.data,
        "LOCALAI_MODELS_CONFIG_FILE": FILE,
        "LOCALAI_MODELS_PATH": paths.models,
        "LOCALAI_THREADS": str(pool.settings.cpu),
        "LOCALAI_UPLOAD_LIMIT": str(-(-pool.context.settings.server.body_bytes // _MB)),
        "HOME": "/tmp",  # noqa: S108 (in the container)
    }
    variables = [EnvVar(name=name, value=value) for name, value in sorted(values.items())]
    return [*variables, *api_key.variables(pool.context)]


_SCRATCH = ("backends", "data", "configuration")


@dataclass(frozen=True, kw_only=True)
class PodShape:
    """What tells one kind of pod of a pool from the others.

    `stopping` is the time that its process may take after SIGTERM, in seconds.
    """

    role: str
    container: Container
    init_containers: list[Container]
    volumes: list[Volume]
    stopping: int
    on_gpus: bool = True


@dataclass(frozen=True, kw_only=True)
class Probes:
    """Where a container is asked, and how many seconds it may take to start."""

    port: str
    readiness: str
    liveness: str
    startup: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """What runs in the container of a pod, and how the kubelet asks and ends it."""

    name: str
    accelerator: Accelerator
    command: list[str] | None = None
    env: list[EnvVar]
    ports: list[ContainerPort]
    probes: Probes
    lifecycle: Lifecycle


def selector(pool: Pool) -> dict[str, str]:
    """Return the labels by which a pool's servers are found; they never change."""
    return pod_labels(pool, SERVER_ROLE)


def pod_labels(pool: Pool, role: str) -> dict[str, str]:
    """Return the labels by which one kind of pod of a pool is found; they never change."""
    return {POOL: pool.name, ROLE: role}


def server_template(pool: Pool) -> PodTemplateSpec:
    """Return the pod template of servers that hold their engines themselves."""
    found = volumes(pool)
    shape = PodShape(
        role=SERVER_ROLE,
        container=container(
            pool, server(pool, environment(pool)), resources(pool, found), mounts(pool)
        ),
        init_containers=[*first_containers(pool), *copy_containers(pool)],
        volumes=found,
        stopping=stopping(pool),
    )
    return pod_template(pool, shape)


def pod_template(pool: Pool, shape: PodShape) -> PodTemplateSpec:
    """Return the template of one kind of pod of a pool."""
    labels = {**common(pool.context), **pod_labels(pool, shape.role), **claim_labels(pool)}
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=_pod(pool, shape))


def _pod(pool: Pool, shape: PodShape) -> PodSpec:
    return PodSpec(
        initContainers=shape.init_containers or None,
        containers=[shape.container],
        volumes=shape.volumes,
        serviceAccountName=pool.object_name,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=grace(pool.context.settings, shape.stopping),
        securityContext=pod_security(),
        nodeSelector=node_selector(pool, on_gpus=shape.on_gpus),
        tolerations=tolerations(pool, on_gpus=shape.on_gpus),
        affinity=affinity(pool),
        topologySpreadConstraints=spread(pool, pod_labels(pool, shape.role)),
        priorityClassName=pool.settings.scheduling.priority_class,
        resourceClaims=gpus.pod_claims(pool) if shape.on_gpus else None,
        runtimeClassName=_runtime_class(pool) if shape.on_gpus else None,
    )


def _runtime_class(pool: Pool) -> str | None:
    return pool.settings.runtime_class or (pool.profile.runtime_class if pool.profile else None)


def stopping(pool: Pool) -> int:
    """Return for how many seconds a server may wait for its models after SIGTERM."""
    return pool.context.server.health.stop_seconds * pool.active


def server(pool: Pool, env: list[EnvVar], accelerator: Accelerator | None = None) -> Program:
    """Return LocalAI as a server, built for the pool's accelerator or for another."""
    health = pool.context.server.health
    return Program(
        name="server",
        accelerator=accelerator or pool.accelerator,
        env=env,
        ports=[ContainerPort(name="http", containerPort=pool.context.server.port)],
        # The listener opens only after the models are loaded; until then connections are refused.
        probes=Probes(
            port="http",
            readiness=health.readiness,
            liveness=health.liveness,
            startup=durations.startup(preloaded_bytes(pool)),
        ),
        lifecycle=lifecycle(pool.context.settings),
    )


def container(
    pool: Pool, program: Program, resources: ResourceRequirements, mounts: list[VolumeMount]
) -> Container:
    """Return the container of a program of LocalAI's image."""
    context, probes = pool.context, program.probes
    ready, period = probes.readiness, durations.STARTUP_PERIOD
    return Container(
        name=program.name,
        image=context.image(server_image(context.server, program.accelerator)),
        command=program.command,
        env=program.env,
        ports=program.ports,
        resources=resources,
        securityContext=container_security(),
        volumeMounts=mounts,
        startupProbe=http_probe(
            ready, probes.port, period=period, timeout=period, failures=probes.startup // period
        ),
        readinessProbe=http_probe(ready, probes.port, period=5, failures=3),
        livenessProbe=http_probe(probes.liveness, probes.port, period=15, failures=8),
        lifecycle=program.lifecycle,
    )


def resources(pool: Pool, volumes: list[Volume]) -> ResourceRequirements:
    """Return what a pod reserves; request and limit are equal, so nothing is promised twice.

    Only of its node's disk it may take more than it reserves: scratch fills slowly.
    """
    amounts = {"cpu": str(pool.settings.cpu), "memory": bytes_text(Fraction(pool.memory))}
    amounts |= gpus.amounts(pool)
    claims = gpus.container_claims(pool)
    reserved = ResourceRequirements(requests=amounts, limits=dict(amounts), claims=claims)
    return scratch(reserved, volumes)


def volumes(pool: Pool, *, engines: bool = True, model_list: bool = True) -> list[Volume]:
    """Return the volumes of a pod, with those of its engines and of its model list or without.

    With the list comes the program that checks the weights on it.
    """
    written = [
        Volume(name=name, emptyDir=EmptyDirVolumeSource(sizeLimit="1Gi")) for name in _SCRATCH
    ]
    listed = [script_volume(pool), list_volume(pool)] if model_list else []
    read = [*weight_volumes(pool), *listed]
    return [*read, tmp_volume(), *written, *(engine_volumes(pool) if engines else [])]


def mounts(pool: Pool, *, engines: bool = True, model_list: bool = True) -> list[VolumeMount]:
    """Return the mounts of a container: weights, engines and list read-only, the rest scratch."""
    paths = pool.context.server.paths
    return [
        *weight_mounts(pool),
        *([engine_mount(pool)] if engines else []),
        *([list_mount()] if model_list else []),
        tmp_mount(),
        VolumeMount(name="backends", mountPath=paths.backends),
        VolumeMount(name="data", mountPath=paths.data),
        VolumeMount(name="configuration", mountPath=paths.configuration),
    ]
