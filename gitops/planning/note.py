"""A sentence of a plan as a value: its kind, what it is about, what happens, and the cure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gitops.planning.objects import ObjectChange
from gitops.planning.rendering.rendering import Rendering


class Kind(StrEnum):
    """What a sentence says; scripts read it instead of the text."""

    CLAIM_LOST = "claim-lost"
    CLAIM_SHRINKS = "claim-shrinks"
    OBJECT_MOVES = "object-moves"
    POOL_STRANDED = "pool-stranded"
    DELIVERY_CHANGES = "delivery-changes"
    NAMESPACE_TAKEN = "namespace-taken"
    KEY_REFUSED = "key-refused"
    QUOTA_BLOCKS = "quota-blocks"

    PROJECT_CHANGES = "project-changes"
    LIBRARIES_CHANGE = "libraries-change"
    PROGRAM_CHANGES = "program-changes"
    ENGINE_CHANGES = "engine-changes"
    WAIVER_ADDED = "waiver-added"
    WAIVER_REMOVED = "waiver-removed"
    CLUSTER_CHANGES = "cluster-changes"
    CLUSTER_BINDING = "cluster-binding"
    STACK_DELETED = "stack-deleted"
    ABANDON_UNUSED = "abandon-unused"
    ADOPT_ON = "adopt-on"
    CHART_DELETED = "chart-deleted"
    CLAIM_GROWS = "claim-grows"
    CLAIM_ANNOTATED = "claim-annotated"
    CLAIM_STAYS = "claim-stays"
    KEY_ROTATION = "key-rotation"
    KEY_REVOKED = "key-revoked"
    POOL_SCALES = "pool-scales"
    POOL_HANDOVER = "pool-handover"
    POOL_SCALES_TO_ZERO = "pool-scales-to-zero"
    GPU_SHARED = "gpu-shared"
    GPU_SPLIT = "gpu-split"
    QUOTA_CHANGES = "quota-changes"
    ADDRESS_CHANGES = "address-changes"
    ADDRESS_CLOSED = "address-closed"
    ROUTES_CHANGE = "routes-change"
    ROUTER_RESTARTS = "router-restarts"
    EXPOSURE_CHANGES = "exposure-changes"
    FIELDS_EXCLUDE = "fields-exclude"

    ONLY_POD = "only-pod"
    ONLY_WORKER = "only-worker"
    ONE_SCALED_POD = "one-scaled-pod"
    POOL_REMOVED = "pool-removed"
    POOL_PARKED = "pool-parked"
    POOL_MOVES = "pool-moves"
    MODEL_REMOVED = "model-removed"

    NOT_PLANNED = "not-planned"
    NOT_NEEDED = "not-needed"
    OTHER_OPERATION = "other-operation"
    NOT_APPLIED = "not-applied"
    DRIFT = "drift"


# Changes that no object shows: a plan with one of them is not empty.
BESIDE_OBJECTS = frozenset(
    (
        Kind.PROJECT_CHANGES,
        Kind.LIBRARIES_CHANGE,
        Kind.PROGRAM_CHANGES,
        Kind.ENGINE_CHANGES,
        Kind.WAIVER_ADDED,
        Kind.WAIVER_REMOVED,
        Kind.CLUSTER_BINDING,
    )
)


@dataclass(frozen=True)
class Note:
    """One sentence: its kind, the names it is about, what happens, and what to do about it."""

    kind: Kind
    subjects: tuple[str, ...]
    text: str
    cure: str = ""

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.text}; {self.cure}" if self.cure else self.text


# What writes notes: it reads the rendering before and after, and the objects that change.
Notes = Callable[[Rendering | None, Rendering, Sequence[ObjectChange]], Iterator[Note]]
