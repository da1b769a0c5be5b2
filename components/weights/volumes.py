"""The claim of a pool, and how a server's pod comes by its weights: from it, a copy, or images."""

from collections.abc import Mapping

from lightkube.models.core_v1 import (
    Container,
    EmptyDirVolumeSource,
    EphemeralVolumeSource,
    ImageVolumeSource,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimTemplate,
    Volume,
    VolumeMount,
    VolumeResourceRequirements,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.engine.component import Component, Output
from components.parts.labels import POOL, common, content_digest, metadata
from components.parts.part import Options, Part, object_part
from components.pool.containers import container_security, only_logs
from components.pool.pool import Pool
from components.weights.job import STORAGE, claim_volume, init_resources
from components.weights.program import FOLDER, IMAGE, WORKING_FOLDER, command, script_mount
from components.weights.weights import set_digest
from models.weights import Weights


def claim(pool: Pool) -> PersistentVolumeClaim:
    storage = pool.settings.storage
    return PersistentVolumeClaim(
        metadata=metadata(pool.context, pool.claim, {POOL: pool.name}),
        spec=PersistentVolumeClaimSpec(
            accessModes=[storage.access.value],
            storageClassName=storage.storage_class,
            resources=VolumeResourceRequirements(requests={"storage": storage.size or ""}),
        ),
    )


class ModelStorage(Component[Pool]):
    """The claim of a pool."""

    token = "localai:components:ModelStorage"
    claim: Output[str]

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return the claim, or nothing where another owns it or none is needed."""
        if pool.settings.storage.size is None:
            return ()
        return (object_part(f"{name}-claim", claim(pool), Options(retain=True)),)

    @staticmethod
    def outputs(pool: Pool) -> Mapping[str, str | None]:
        """Return the name of the claim that the pods of the pool mount."""
        return {"claim": pool.claim}


_CACHE, _MODELS = "cache", "models"
_CLAIM_PATH, _CACHE_PATH, _IMAGES_PATH = "/storage", "/cache", "/images"


def first_containers(pool: Pool) -> list[Container]:
    """Return what runs before a server: it ends well only where every file is there.

    A copy is checked as it is made.
    """
    copied = [_copy_container(pool)] if pool.copies else []
    checked = (
        []
        if pool.copies and not pool.image_files
        else [_check_container(pool, on_claim=not pool.copies)]
    )
    return [*copied, *checked]


def _check_container(pool: Pool, *, on_claim: bool) -> Container:
    known = pool.claim_files and on_claim
    digest = ["--digest", set_digest(pool)] if known else []
    files = [word for file in pool.image_files for word in ("--file", _staged(file))]
    root = ["--root", f"{_CLAIM_PATH}/{FOLDER}"] if known else []
    mounts = [
        VolumeMount(
            name=_volume(image), mountPath=f"{_IMAGES_PATH}/{_volume(image)}", readOnly=True
        )
        for image in _images(pool)
    ]
    return _container(pool, "check-weights", command("check", *digest, *files, *root), mounts)


def _copy_container(pool: Pool) -> Container:
    words = ["--digest", set_digest(pool), "--to", f"{_CACHE_PATH}/{FOLDER}"]
    run = command("copy", *words, "--root", f"{_CLAIM_PATH}/{FOLDER}")
    return _container(pool, "copy-weights", run, [VolumeMount(name=_CACHE, mountPath=_CACHE_PATH)])


def _container(pool: Pool, name: str, run: list[str], mounts: list[VolumeMount]) -> Container:
    claim = [VolumeMount(name=STORAGE, mountPath=_CLAIM_PATH, readOnly=True)] if pool.claim else []
    return Container(
        name=name,
        image=pool.context.image(IMAGE),
        command=run,
        workingDir=WORKING_FOLDER,
        resources=only_logs(init_resources("128Mi")),
        securityContext=container_security(),
        volumeMounts=[*claim, script_mount(), *mounts],
    )


def weight_volumes(pool: Pool) -> list[Volume]:
    """Return the volumes that hold weights: the claim, the pod's own copy, and images."""
    claim = [claim_volume(pool)] if pool.claim else []
    root = EmptyDirVolumeSource(sizeLimit="1Mi")
    models = [Volume(name=_MODELS, emptyDir=root)] if pool.image_files else []
    images = [
        Volume(name=_volume(image), image=ImageVolumeSource(reference=pool.context.image(image)))
        for image in _images(pool)
    ]
    return [*claim, *_cache_volume(pool), *models, *images]


def _cache_volume(pool: Pool) -> list[Volume]:
    """Return a volume that is made with the pod and goes with it.

    Unlike an empty folder it has a size that its driver keeps, and pods go where it fits.
    """
    cache = pool.settings.storage.cache
    if cache is None or not pool.copies:
        return []
    spec = PersistentVolumeClaimSpec(
        accessModes=["ReadWriteOnce"],
        storageClassName=cache.storage_class,
        resources=VolumeResourceRequirements(requests={"storage": cache.size}),
    )
    labels = {**common(pool.context), POOL: pool.name}
    template = PersistentVolumeClaimTemplate(metadata=ObjectMeta(labels=labels), spec=spec)
    return [Volume(name=_CACHE, ephemeral=EphemeralVolumeSource(volumeClaimTemplate=template))]


def weight_mounts(pool: Pool) -> list[VolumeMount]:
    """Return where the server finds its weights; it cannot change them.

    Volumes cannot be mounted into a read-only one, so where some come as images, each file's folder
    is mounted by itself, into an empty one.
    """
    path = pool.context.server.paths.models
    source = _CACHE if pool.copies else STORAGE
    if not pool.image_files:
        return [VolumeMount(name=source, subPath=FOLDER, mountPath=path, readOnly=True)]
    kept = {_folder(file): source for file in pool.claim_files}
    pulled = {_folder(file): _volume(file.image or "") for file in pool.image_files}
    return [
        VolumeMount(name=_MODELS, mountPath=path),
        *(
            VolumeMount(name=name, subPath=f"{FOLDER}/{folder}", mountPath=f"{path}/{folder}",
                        readOnly=True)
            for folder, name in kept.items() if folder not in pulled
        ),
        *(
            VolumeMount(name=name, mountPath=f"{path}/{folder}", readOnly=True)
            for folder, name in pulled.items()
        ),
    ]  # fmt: skip


def _folder(file: Weights) -> str:
    return file.path.rsplit("/", 1)[0]


def _images(pool: Pool) -> list[str]:
    """Return the images that hold weights, each once."""
    return sorted({file.image for file in pool.image_files if file.image})


def _volume(image: str) -> str:
    return f"weights-{content_digest(image)[:8]}"


def _staged(file: Weights) -> str:
    """Return where the check finds a file of an image."""
    return f"{_IMAGES_PATH}/{_volume(file.image or '')}/{file.file}"
