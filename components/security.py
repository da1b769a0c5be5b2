"""How every container of ours is confined: Pod Security `restricted`, and a read-only root."""

from lightkube.models.core_v1 import (
    Capabilities,
    PodSecurityContext,
    SeccompProfile,
    SecurityContext,
)

# One user for the Jobs that write files and the servers that read them.
USER = 10001


def pod_security() -> PodSecurityContext:
    """Return the security context of a pod."""
    return PodSecurityContext(
        runAsNonRoot=True,
        runAsUser=USER,
        runAsGroup=USER,
        fsGroup=USER,
        # A claim of hundreds of gigabytes is walked once, not at every start.
        fsGroupChangePolicy="OnRootMismatch",
        seccompProfile=SeccompProfile(type="RuntimeDefault"),
    )


def container_security() -> SecurityContext:
    """Return the security context of a container."""
    return SecurityContext(
        allowPrivilegeEscalation=False,
        readOnlyRootFilesystem=True,
        capabilities=Capabilities(drop=["ALL"]),
    )
