"""The GPUs of a pool's pods: counted by a device plugin, shared, or claimed from a DRA driver."""

from lightkube.models.core_v1 import PodResourceClaim, ResourceClaim
from lightkube.models.resource_v1 import (
    CELDeviceSelector,
    DeviceClaim,
    DeviceRequest,
    DeviceSelector,
    ExactDeviceRequest,
    ResourceClaimSpec,
    ResourceClaimTemplate,
    ResourceClaimTemplateSpec,
)

from components.parts.labels import POOL, content_name, metadata
from components.parts.part import Part, content_part, name_of, plain
from components.pool.pool import Pool
from hardware.nvidia import PRODUCT
from settings.pool.gpu import GpuClaim

CLAIM = "gpu"
# What NVIDIA's device plugin adds to a resource's name, and discovery to a product's, when shared.
_RENAMED, _SHARED = ".shared", "-SHARED"
_REPLICAS = "nvidia.com/gpu.replicas"
_STRATEGY = "nvidia.com/gpu.sharing-strategy"


def amounts(pool: Pool) -> dict[str, str]:
    """Return how much of which extended resource a pod takes; nothing where a driver gives it."""
    if not pool.profile or pool.settings.gpu_claim:
        return {}
    share = pool.settings.gpu_share
    renamed = _RENAMED if share and share.renamed else ""
    return {f"{pool.profile.resource}{renamed}": str(pool.gpus)}


def labels(pool: Pool) -> dict[str, str]:
    """Return the labels of nodes that have such GPUs and share them just so."""
    if not pool.profile:
        return {}
    found = dict(pool.profile.node_selector)
    share = pool.settings.gpu_share
    if not share:
        return found
    if not share.renamed:
        found[PRODUCT] += _SHARED
    return {**found, _REPLICAS: str(share.of), _STRATEGY: share.kind.value}


def device_class(pool: Pool) -> str | None:
    """Return the DeviceClass of a pool's GPUs, or None where no driver gives them."""
    claim = pool.settings.gpu_claim
    known = pool.profile.device_class if pool.profile else None
    return claim.device_class or known if claim else None


def claim_template(pool: Pool) -> ResourceClaimTemplate | None:
    """Return the template of the claims of a pool's pods, or None where no driver gives GPUs."""
    claim = pool.settings.gpu_claim
    wanted = device_class(pool)
    if not claim or not wanted:
        return None
    exactly = ExactDeviceRequest(
        deviceClassName=wanted,
        allocationMode="ExactCount",
        count=claim.count,
        selectors=_selectors(claim),
    )
    devices = DeviceClaim(requests=[DeviceRequest(name=CLAIM, exactly=exactly)])
    spec = ResourceClaimTemplateSpec(spec=ResourceClaimSpec(devices=devices))
    # A template cannot be changed: another one needs another name.
    name = content_name(f"{pool.object_name}-{CLAIM}", plain(spec))
    return ResourceClaimTemplate(
        metadata=metadata(pool.context, name, {POOL: pool.name}), spec=spec
    )


def _selectors(claim: GpuClaim) -> list[DeviceSelector] | None:
    if not claim.selector:
        return None
    return [DeviceSelector(cel=CELDeviceSelector(expression=claim.selector))]


def pod_claims(pool: Pool) -> list[PodResourceClaim] | None:
    """Return what a pod says of its claim."""
    template = claim_template(pool)
    if template is None:
        return None
    return [PodResourceClaim(name=CLAIM, resourceClaimTemplateName=name_of(template))]


def container_claims(pool: Pool) -> list[ResourceClaim] | None:
    """Return what the server's container says of the pod's claim."""
    return [ResourceClaim(name=CLAIM)] if pool.settings.gpu_claim else None


def claim_parts(name: str, pool: Pool) -> tuple[Part, ...]:
    """Return the template of the pods' claims, where a driver gives GPUs."""
    template = claim_template(pool)
    return (content_part(f"{name}-gpu-claim", template),) if template else ()
