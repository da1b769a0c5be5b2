"""The claim of a pool: its weights and engines, kept when the stack is destroyed."""

from dataclasses import dataclass

from lightkube.models.core_v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    VolumeResourceRequirements,
)

from components.engine.component import Component
from components.parts.labels import POOL, metadata
from components.parts.part import Options, Part, object_part
from components.pool.pool import Pool


@dataclass(frozen=True, kw_only=True)
class ModelStorageArgs:
    """The pool whose claim it is."""

    pool: Pool


def claim(pool: Pool) -> PersistentVolumeClaim:
    """Return the claim of a pool."""
    storage = pool.settings.storage
    return PersistentVolumeClaim(
        metadata=metadata(pool.context, pool.claim, {POOL: pool.name}),
        spec=PersistentVolumeClaimSpec(
            accessModes=[storage.access.value],
            storageClassName=storage.storage_class,
            resources=VolumeResourceRequirements(requests={"storage": storage.size or ""}),
        ),
    )


def parts(name: str, args: ModelStorageArgs) -> tuple[Part, ...]:
    """Return the claim, or nothing where another owns it or none is needed."""
    if args.pool.settings.storage.size is None:
        return ()
    return (object_part(f"{name}-claim", claim(args.pool), Options(retain=True)),)


class ModelStorage(Component[ModelStorageArgs]):
    """The claim of a pool."""

    token = "localai:components:ModelStorage"
    parts = staticmethod(parts)
