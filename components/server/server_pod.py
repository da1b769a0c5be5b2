"""The pod of a pool: a check of its weights, then the server; all but scratch is read-only."""

from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    EmptyDirVolumeSource,
    HTTPGetAction,
    PodSpec,
    PodTemplateSpec,
    Probe,
    ResourceRequirements,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.network.policies import SERVER_ROLE
from components.parts.labels import POOL, ROLE, common
from components.pool import durations, gpus
from components.pool.containers import container_security, pod_security, scratch
from components.pool.placement import affinity, claim_labels, node_selector, spread, tolerations
from components.pool.pool import Pool
from components.server.ending import grace, lifecycle
from components.server.engines import copy_containers, engine_mount, engine_volumes
from components.server.environment import environment
from components.server.loading import preloaded_bytes
from components.server.model_list import list_mount, list_volume
from components.weights.job import tmp_mount, tmp_volume
from components.weights.program import script_volume
from components.weights.volumes import first_containers, weight_mounts, weight_volumes
from hardware.profile import GIB
from localai.server import server_image

_SCRATCH = ("backends", "data", "configuration")


def selector(pool: Pool) -> dict[str, str]:
    """Return the labels by which a pool's pods are found; they never change."""
    return {POOL: pool.name, ROLE: SERVER_ROLE}


def pod_template(pool: Pool) -> PodTemplateSpec:
    """Return the pod template of a pool."""
    labels = {**common(pool.context), **selector(pool), **claim_labels(pool)}
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod(pool))


def pod(pool: Pool) -> PodSpec:
    """Return the pod of a pool."""
    return PodSpec(
        initContainers=[*first_containers(pool), *copy_containers(pool)],
        containers=[server(pool)],
        volumes=volumes(pool),
        serviceAccountName=pool.object_name,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=grace(pool.context.settings, stopping(pool)),
        securityContext=pod_security(),
        nodeSelector=node_selector(pool),
        tolerations=tolerations(pool),
        affinity=affinity(pool),
        topologySpreadConstraints=spread(pool, selector(pool)),
        priorityClassName=pool.settings.scheduling.priority_class,
        resourceClaims=gpus.pod_claims(pool),
        runtimeClassName=pool.settings.runtime_class
        or (pool.profile.runtime_class if pool.profile else None),
    )


def stopping(pool: Pool) -> int:
    """Return for how many seconds a server may wait for its models after SIGTERM."""
    return pool.context.server.health.stop_seconds * pool.active


def server(pool: Pool) -> Container:
    """Return the container of the server."""
    context = pool.context
    health = context.server.health
    return Container(
        name="server",
        image=context.image(server_image(context.server, pool.accelerator)),
        env=environment(pool),
        ports=[ContainerPort(name="http", containerPort=context.server.port)],
        resources=resources(pool),
        securityContext=container_security(),
        volumeMounts=mounts(pool),
        # The listener opens only after the models are loaded; until then connections are refused.
        startupProbe=_probe(
            health.readiness,
            period=durations.STARTUP_PERIOD,
            failures=durations.startup_failures(preloaded_bytes(pool)),
        ),
        readinessProbe=_probe(health.readiness, period=5, failures=3),
        livenessProbe=_probe(health.liveness, period=15, failures=8),
        lifecycle=lifecycle(context.settings),
    )


def resources(pool: Pool) -> ResourceRequirements:
    """Return what a pod reserves; request and limit are equal, so nothing is promised twice.

    Only of its node's disk it may take more than it reserves: scratch fills slowly.
    """
    amounts = {"cpu": str(pool.settings.cpu), "memory": f"{pool.memory // GIB}Gi"}
    amounts |= gpus.amounts(pool)
    claims = gpus.container_claims(pool)
    reserved = ResourceRequirements(requests=amounts, limits=dict(amounts), claims=claims)
    return scratch(reserved, volumes(pool))


def volumes(pool: Pool) -> list[Volume]:
    """Return the volumes of a pod."""
    written = [
        Volume(name=name, emptyDir=EmptyDirVolumeSource(sizeLimit="1Gi")) for name in _SCRATCH
    ]
    read = [*weight_volumes(pool), script_volume(pool), list_volume(pool)]
    return [*read, tmp_volume(), *written, *engine_volumes(pool)]


def mounts(pool: Pool) -> list[VolumeMount]:
    """Return the mounts of the server: weights, engines and list read-only, the rest scratch."""
    paths = pool.context.server.paths
    return [
        *weight_mounts(pool),
        engine_mount(pool),
        list_mount(),
        tmp_mount(),
        VolumeMount(name="backends", mountPath=paths.backends),
        VolumeMount(name="data", mountPath=paths.data),
        VolumeMount(name="configuration", mountPath=paths.configuration),
    ]


def _probe(path: str, *, period: int, failures: int) -> Probe:
    return Probe(
        httpGet=HTTPGetAction(path=path, port="http"),
        periodSeconds=period,
        timeoutSeconds=5,
        failureThreshold=failures,
    )
