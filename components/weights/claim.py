"""The claim of a pool: its weights and engines, kept when the stack is destroyed."""

from collections.abc import Mapping

from lightkube.models.core_v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    VolumeResourceRequirements,
)

from components.engine.component import Component, Output
from components.parts.labels import POOL, metadata
from components.parts.part import Options, Part, object_part
from components.pool.pool import Pool


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
