"""Scratch: what a pod may write on its node's own disk before the kubelet evicts it.

Empty folders, logs and the containers' own layers share the node's disk with its images and with
other pods (Kubernetes, local ephemeral storage). Without a limit, one pod that fills the disk takes
the others with it.
"""

from collections.abc import Iterable

from lightkube.models.core_v1 import (
    Capabilities,
    PodSecurityContext,
    ResourceRequirements,
    SeccompProfile,
    SecurityContext,
    Volume,
)

from components.parts.part import plain
from documents.quantity import whole_bytes

RESOURCE = "ephemeral-storage"
# A new pod's folders are empty and fill slowly, with the logs of engines and pictures answered by
# address (docs/storage.md): a request as high as the limit would keep pods off small disks.
_REQUEST = "1Gi"
_LOGS = 2**30
_GIB = 2**30


def scratch(resources: ResourceRequirements, volumes: Iterable[Volume]) -> ResourceRequirements:
    """Return the resources with room for logs and for the empty folders.

    A pod's usage is held against the sum over its containers, so one of them carries it all.
    """
    size = _LOGS + sum(map(_limit, volumes))
    return _with(resources, _REQUEST, f"{-(-size // _GIB)}Gi")


def only_logs(resources: ResourceRequirements) -> ResourceRequirements:
    """Return the resources of a container that writes nothing but its log."""
    return _with(resources, "64Mi", "256Mi")


def _with(resources: ResourceRequirements, request: str, limit: str) -> ResourceRequirements:
    known: dict[str, dict[str, str]] = plain(resources)
    return ResourceRequirements(
        claims=resources.claims,
        requests={**known.get("requests", {}), RESOURCE: request},
        limits={**known.get("limits", {}), RESOURCE: limit},
    )


def _limit(volume: Volume) -> int:
    limit = volume.emptyDir.sizeLimit if volume.emptyDir else None
    return whole_bytes(limit) if limit else 0


# One user for the Jobs that write files and the servers that read them.
USER = 10001


def pod_security(user: int = USER) -> PodSecurityContext:
    return PodSecurityContext(
        runAsNonRoot=True,
        runAsUser=user,
        runAsGroup=user,
        fsGroup=user,
        # A claim of hundreds of gigabytes is walked once, not at every start.
        fsGroupChangePolicy="OnRootMismatch",
        seccompProfile=SeccompProfile(type="RuntimeDefault"),
    )


def container_security(*, writable_root: bool = False) -> SecurityContext:
    return SecurityContext(
        allowPrivilegeEscalation=False,
        readOnlyRootFilesystem=not writable_root,
        capabilities=Capabilities(drop=["ALL"]),
    )
