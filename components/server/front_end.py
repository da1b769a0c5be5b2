"""The pod of a distributed pool's front end: a server without engines and without a GPU."""

from lightkube.models.core_v1 import Container, PodTemplateSpec, ResourceRequirements, Volume

from components.pool.containers import scratch
from components.pool.pool import Pool
from components.server.distributed import front_end_variables
from components.server.engines import engine_mount, engine_volumes
from components.server.environment import environment
from components.server.server_pod import mounts, pod, pod_template, server, volumes
from components.weights.volumes import first_containers
from localai.accelerator import Accelerator
from localai.server import server_image
from settings.pool.distributed import DistributedSettings

# It hands requests on; the room is for those that wait.
_AMOUNTS = {"cpu": "2", "memory": "4Gi"}


def front_end_template(pool: Pool, settings: DistributedSettings) -> PodTemplateSpec:
    """Return the pod template of a pool's front ends; its labels are those of a server."""
    template, spec = pod_template(pool), pod(pool)
    spec.initContainers = first_containers(pool)
    spec.containers = [_container(pool, settings)]
    spec.volumes = _volumes(pool)
    # The nodes of the GPUs are for the workers.
    spec.nodeSelector = None
    spec.tolerations = None
    spec.resourceClaims = None
    spec.runtimeClassName = None
    template.spec = spec
    return template


def _container(pool: Pool, settings: DistributedSettings) -> Container:
    container = server(pool)
    image = server_image(pool.context.server, Accelerator.CPU)
    container.image = pool.context.image(image)
    container.env = [*environment(pool), *front_end_variables(settings)]
    container.resources = _resources(pool)
    container.volumeMounts = [mount for mount in mounts(pool) if mount != engine_mount(pool)]
    return container


def _resources(pool: Pool) -> ResourceRequirements:
    reserved = ResourceRequirements(requests=dict(_AMOUNTS), limits=dict(_AMOUNTS))
    return scratch(reserved, _volumes(pool))


def _volumes(pool: Pool) -> list[Volume]:
    engines = engine_volumes(pool)
    return [volume for volume in volumes(pool) if volume not in engines]
