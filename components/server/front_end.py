"""The pod of a distributed pool's front end: a server without engines and without a GPU."""

from lightkube.models.core_v1 import PodTemplateSpec, ResourceRequirements

from components.network.policies import SERVER_ROLE
from components.pool.containers import scratch
from components.pool.pool import Pool
from components.server.distributed import front_end_variables
from components.server.environment import environment
from components.server.server_pod import (
    PodShape,
    container,
    mounts,
    pod_template,
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
