"""Engines: the programs that run models, brought to a pool's pods at the server's own release.

Engine images are built from scratch: no shell, so they cannot copy themselves. Two ways, a setting:
a Job of the server's image installs them into the claim (works on every cluster), or the pods mount
them as image volumes and copy them, since Kubernetes mounts image volumes without the right to
execute (core/v1 ImageVolumeSource).
"""

from collections.abc import Mapping

from lightkube.models.batch_v1 import Job
from lightkube.models.core_v1 import (
    Container,
    EmptyDirVolumeSource,
    EnvVar,
    ImageVolumeSource,
    Volume,
    VolumeMount,
)

from components.engine.component import Component
from components.parts.labels import content_digest
from components.parts.part import Options, Part, content_part, name_of
from components.pool import durations
from components.pool.containers import container_security, only_logs, scratch
from components.pool.placement import ARCH, node_selector
from components.pool.pool import Pool
from components.weights import egress
from components.weights.job import (
    STORAGE,
    Work,
    init_resources,
    job,
    modest_resources,
    tmp_mount,
    tmp_volume,
)
from hardware.profile import GIB
from localai.release import Accelerator
from localai.server import engine_image, server_image
from settings.stack.server import EngineSource

VOLUME = "engines"
_STAGED = "/engine-images"
_ROLE = "engines"
# The largest engine images (CUDA, Python) unpack to about this; those for CPUs to a tenth.
_ABOUT_BYTES = 8_000_000_000
_ABOUT_BYTES_CPU = 800_000_000


def images(pool: Pool) -> dict[str, str]:
    """Return the image of each engine a pool needs, by engine, pinned where the stack pins it."""
    return {
        engine: pool.context.image(engine_image(pool.context.server, engine, pool.accelerator))
        for engine in pool.engines
    }


def folder(pool: Pool, owner: Pool | None = None) -> str:
    """Return the folder of the claim that holds exactly these engines; `owner` is its pool.

    Of one image, each processor gets another engine.
    """
    owner = owner or pool.lender or pool
    found, other = images(pool), other_processor(pool, owner)
    if other and pool.accelerator is owner.accelerator:
        found |= {ARCH: other}
    return f"engines/{content_digest(found)[:16]}"


def other_processor(pool: Pool, owner: Pool) -> str | None:
    """Return the processor of a pool's nodes where those of its claim's owner have another."""
    own, theirs = ((node_selector(one) or {}).get(ARCH) for one in (pool, owner))
    built = pool.context.server.architectures[pool.accelerator]
    if own is None and theirs and theirs not in built:
        own = built[0]
    return own if own != theirs else None


def about_bytes(pool: Pool) -> int:
    """Return about how many bytes a pool's engines take where they are installed."""
    each = _ABOUT_BYTES_CPU if pool.accelerator is Accelerator.CPU else _ABOUT_BYTES
    return each * len(pool.engines)


def install_job(pool: Pool, guest: Pool | None = None) -> Job:
    """Return the Job that installs a pool's, or its guest's, engines into its claim, in turn."""
    reader = guest or pool
    path = f"/storage/{folder(reader, pool)}"
    containers = [_install(reader, path, *found) for found in images(reader).items()]
    context = pool.context
    volumes = [*egress.trust_volumes(context), *egress.login_volumes(context)]
    # An engine is installed for the processor that its Job runs on.
    nodes = reader if other_processor(reader, pool) else pool
    work = Work(
        role=_ROLE, containers=containers, volumes=volumes, deadline=deadline(reader), nodes=nodes
    )
    return job(pool, work)


def _install(pool: Pool, path: str, engine: str, image: str) -> Container:
    context = pool.context
    return Container(
        name=f"install-{engine}",
        image=context.image(server_image(context.server, pool.accelerator)),
        command=[context.server.binary, "backends", "install", f"oci://{image}", engine],
        env=[
            EnvVar(name="LOCALAI_BACKENDS_PATH", value=path),
            EnvVar(name="LOCALAI_BACKENDS_SYSTEM_PATH", value=path),
            EnvVar(name="LOCALAI_BACKEND_GALLERIES", value="[]"),
            EnvVar(name="HOME", value="/tmp"),  # noqa: S108 (in the container)
            *egress.proxy_environment(context),
            *egress.trust_environment(context),
            *egress.login_environment(context),
        ],
        resources=scratch(modest_resources("1Gi"), [tmp_volume()]),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name=STORAGE, mountPath="/storage"),
            tmp_mount(),
            *egress.trust_mounts(context),
            *egress.login_mounts(context),
        ],
    )


def deadline(pool: Pool) -> int:
    """Return how long the Job may take, in seconds."""
    return durations.download(_ABOUT_BYTES * len(pool.engines))


def copied_bytes(pool: Pool) -> int:
    """Return how many bytes of engines a pod copies to its node's disk at most.

    Twice the estimate: a limit that is too low would end the pod at each start.
    """
    if pool.context.settings.server.engines is EngineSource.CLAIM:
        return 0
    return 2 * _ABOUT_BYTES * len(pool.engines)


def engine_mount(pool: Pool) -> VolumeMount:
    """Return where the server finds its engines; it cannot change them."""
    path = pool.context.server.paths.backends_system
    if pool.context.settings.server.engines is EngineSource.CLAIM:
        return VolumeMount(name=STORAGE, subPath=folder(pool), mountPath=path, readOnly=True)
    return VolumeMount(name=VOLUME, mountPath=path, readOnly=True)


def engine_volumes(pool: Pool) -> list[Volume]:
    """Return the volumes that engines from images need in addition to the claim."""
    if pool.context.settings.server.engines is EngineSource.CLAIM:
        return []
    staged = [
        Volume(name=f"engine-{engine}", image=ImageVolumeSource(reference=image))
        for engine, image in images(pool).items()
    ]
    copied = EmptyDirVolumeSource(sizeLimit=f"{-(-copied_bytes(pool) // GIB)}Gi")
    return [Volume(name=VOLUME, emptyDir=copied), *staged]


def copy_containers(pool: Pool) -> list[Container]:
    """Return the init container that copies engines out of their image volumes, if any."""
    if pool.context.settings.server.engines is EngineSource.CLAIM:
        return []
    staged = [
        VolumeMount(name=f"engine-{engine}", mountPath=f"{_STAGED}/{engine}", readOnly=True)
        for engine in pool.engines
    ]
    copy = Container(
        name="copy-engines",
        image=pool.context.image(server_image(pool.context.server, pool.accelerator)),
        # `--preserve` would fail, since the folder that is copied into belongs to root.
        # Links stay links, programs stay executable; a second start replaces what is read-only.
        command=["cp", "-r", "--force", f"{_STAGED}/.", f"/{VOLUME}/"],
        resources=only_logs(init_resources("256Mi")),
        securityContext=container_security(),
        volumeMounts=[VolumeMount(name=VOLUME, mountPath=f"/{VOLUME}"), *staged],
    )
    return [copy]


def _readers(pool: Pool) -> tuple[Pool, ...]:
    """Return the pools whose engines a pool's Jobs install, one for each folder.

    There is none where pods copy engines from image volumes, or where another pool lends them.
    """
    if pool.context.settings.server.engines is EngineSource.IMAGE_VOLUME or pool.lender:
        return ()
    readers = {folder(one, pool): one for one in (*reversed(pool.guests), pool)}
    return tuple(readers[place] for place in sorted(readers))


def installed(pool: Pool) -> Mapping[str, int]:
    """Return about how many bytes of engines each Job of a pool installs, by the Job's name."""
    return {name_of(install_job(pool, one)): about_bytes(one) for one in _readers(pool)}


def _job_part(name: str, pool: Pool, reader: Pool) -> Part:
    options = Options(timeout=deadline(reader) + 300)
    return content_part(f"{name}-job", install_job(pool, reader), options)


class Engines(Component[Pool]):
    """The engines of a pool."""

    token = "localai:components:Engines"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return a Job for the pool and one for each that reads along with other engines."""
        return tuple(_job_part(name, pool, reader) for reader in _readers(pool))
