"""A sentence of a plan as a value: its kind, what it is about, what happens, and the cure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from gitops.planning.objects import ObjectChange
from gitops.planning.rendering.rendering import Rendering


class Rank(IntEnum):
    """How soon a reviewer must read a line: what does not fit a summary is left out from the end.

    A program that changes may do anything, so that it comes with what is refused.
    """

    REFUSAL = 0
    PROGRAM = 1
    DELETION = 2
    DATA = 3
    EXPOSURE = 4
    IMAGE = 5
    CHART = 6
    ADDRESS = 7
    WAIVER = 8
    REST = 9


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
    APPLICATION_WAITS = "application-waits"

    PROJECT_CHANGES = "project-changes"
    LIBRARIES_CHANGE = "libraries-change"
    PROGRAM_CHANGES = "program-changes"
    ENGINE_CHANGES = "engine-changes"
    WAIVER_ADDED = "waiver-added"
    WAIVER_REMOVED = "waiver-removed"
    GATES_CHANGE = "gates-change"
    RELEASE_CHANGES = "release-changes"
    RELEASE_ADDED = "release-added"
    RELEASE_REMOVED = "release-removed"
    CLUSTER_CHANGES = "cluster-changes"
    CLUSTER_BINDING = "cluster-binding"
    STACK_DELETED = "stack-deleted"
    ABANDON_UNUSED = "abandon-unused"
    ADOPT_ON = "adopt-on"
    IMAGE_SOURCE_ADDED = "image-source-added"
    IMAGES_CHANGE = "images-change"
    CHART_SOURCE_ADDED = "chart-source-added"
    CHART_DELETED = "chart-deleted"
    CLAIM_GROWS = "claim-grows"
    CLAIM_ANNOTATED = "claim-annotated"
    CLAIM_STAYS = "claim-stays"
    ENGINES_INSTALLED = "engines-installed"
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
    REGISTRY_DATABASE = "registry-database"
    REGISTRY_RESTARTS = "registry-restarts"
    REGISTRY_MIGRATES = "registry-migrates"
    REGISTRY_MOVES = "registry-moves"
    APPLICATION_RESTARTS = "application-restarts"
    APPLICATION_MIGRATES = "application-migrates"
    APPLICATION_EMBEDS = "application-embeds"
    EXPOSURE_CHANGES = "exposure-changes"
    FIELDS_EXCLUDE = "fields-exclude"

    ONLY_POD = "only-pod"
    ONLY_WORKER = "only-worker"
    ONE_SCALED_POD = "one-scaled-pod"
    POOL_REMOVED = "pool-removed"
    POOL_PARKED = "pool-parked"
    POOL_MOVES = "pool-moves"
    MODEL_REMOVED = "model-removed"

    CLUSTER_ADDED = "cluster-added"
    CLUSTER_REMOVED = "cluster-removed"
    CLUSTER_STARTS = "cluster-starts"
    MANIFESTS_STALE = "manifests-stale"
    MANIFEST_UNREADABLE = "manifest-unreadable"
    NAMESPACE_STAYS = "namespace-stays"
    POD_SECURITY_CHANGES = "pod-security-changes"
    RIGHTS_WIDEN = "rights-widen"
    PROJECT_WIDENS = "project-widens"
    SYNC_CHANGES = "sync-changes"
    REPOSITORY_CHANGES = "repository-changes"
    REVISION_CHANGES = "revision-changes"
    STATE_MOVES = "state-moves"
    STATE_GROWS = "state-grows"
    WORKSPACE_CHANGES = "workspace-changes"
    STACK_FREEZES = "stack-freezes"
    STACK_STAYS = "stack-stays"
    CHART_STAYS = "chart-stays"
    STACK_HELD = "stack-held"
    HOLD_MOVES = "hold-moves"
    HOLD_UNKNOWN = "hold-unknown"

    MODEL_CHANGES = "model-changes"
    MODEL_MOVES = "model-moves"
    FIELD_CHANGES = "field-changes"
    WEIGHTS_CHANGE = "weights-change"
    VERSION_CHANGES = "version-changes"
    METRICS_CHANGE = "metrics-change"
    LICENSE_CHANGES = "license-changes"
    IMAGES_PULLED = "images-pulled"
    ALIAS_OF = "alias-of"
    POOL_RESTARTS = "pool-restarts"
    SERVICE_DELETED = "service-deleted"
    NAME_UNKNOWN = "name-unknown"
    ROLLOUT = "rollout"

    UNDO_DELETES_POOL = "undo-deletes-pool"
    UNDO_ADOPTS_CLAIM = "undo-adopts-claim"
    UNDO_PULLS_IMAGES = "undo-pulls-images"
    UNDO_KEEPS_WEIGHTS = "undo-keeps-weights"
    UNDO_FETCHES_VERSION = "undo-fetches-version"

    NOT_PLANNED = "not-planned"
    NOT_NEEDED = "not-needed"
    OTHER_OPERATION = "other-operation"
    NOT_APPLIED = "not-applied"
    DRIFT = "drift"

    @property
    def rank(self) -> Rank:
        """Return how soon a reviewer must read it."""
        return _RANK.get(self, Rank.REST)


_RANKS = {
    Rank.PROGRAM: (
        Kind.PROJECT_CHANGES, Kind.LIBRARIES_CHANGE, Kind.PROGRAM_CHANGES, Kind.ENGINE_CHANGES,
        Kind.CLUSTER_CHANGES, Kind.CLUSTER_BINDING, Kind.CLUSTER_ADDED, Kind.CLUSTER_STARTS,
        Kind.MANIFESTS_STALE, Kind.MANIFEST_UNREADABLE, Kind.REPOSITORY_CHANGES,
        Kind.REVISION_CHANGES, Kind.RIGHTS_WIDEN, Kind.PROJECT_WIDENS, Kind.STATE_MOVES,
        Kind.WORKSPACE_CHANGES, Kind.DELIVERY_CHANGES, Kind.RELEASE_REMOVED,
        Kind.STACK_HELD, Kind.HOLD_MOVES, Kind.HOLD_UNKNOWN,
    ),
    Rank.DELETION: (
        Kind.STACK_DELETED, Kind.CHART_DELETED, Kind.POOL_REMOVED, Kind.MODEL_REMOVED,
        Kind.KEY_REVOKED, Kind.CLUSTER_REMOVED, Kind.NAMESPACE_STAYS, Kind.STACK_STAYS,
        Kind.CHART_STAYS,
    ),
    Rank.DATA: (
        Kind.CLAIM_GROWS, Kind.CLAIM_ANNOTATED, Kind.CLAIM_STAYS, Kind.ABANDON_UNUSED,
        Kind.ADOPT_ON, Kind.REGISTRY_DATABASE, Kind.REGISTRY_MIGRATES, Kind.REGISTRY_MOVES,
        Kind.APPLICATION_MIGRATES, Kind.APPLICATION_EMBEDS,
    ),
    Rank.EXPOSURE: (
        Kind.EXPOSURE_CHANGES, Kind.KEY_ROTATION, Kind.POD_SECURITY_CHANGES, Kind.SYNC_CHANGES,
        Kind.STACK_FREEZES,
    ),
    Rank.IMAGE: (Kind.IMAGE_SOURCE_ADDED, Kind.IMAGES_CHANGE, Kind.RELEASE_CHANGES),
    Rank.CHART: (Kind.CHART_SOURCE_ADDED,),
    Rank.ADDRESS: (Kind.ADDRESS_CHANGES, Kind.ADDRESS_CLOSED, Kind.ROUTES_CHANGE),
    Rank.WAIVER: (Kind.WAIVER_ADDED, Kind.WAIVER_REMOVED, Kind.GATES_CHANGE),
}  # fmt: skip
_RANK = {kind: rank for rank, kinds in _RANKS.items() for kind in kinds}


def rank_of(kind: str) -> Rank:
    """Return the rank of a kind of note; one that this code does not know may be anything."""
    known = {one.value: one for one in Kind}
    return known[kind].rank if kind in known else Rank.PROGRAM


# Changes that no object shows: a plan with one of them is not empty.
BESIDE_OBJECTS = frozenset(
    (
        Kind.PROJECT_CHANGES,
        Kind.LIBRARIES_CHANGE,
        Kind.PROGRAM_CHANGES,
        Kind.ENGINE_CHANGES,
        Kind.WAIVER_ADDED,
        Kind.WAIVER_REMOVED,
        Kind.GATES_CHANGE,
        Kind.CLUSTER_BINDING,
        Kind.RELEASE_CHANGES,
        Kind.RELEASE_ADDED,
        Kind.RELEASE_REMOVED,
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
        return f"{self.text}; {self.cure}" if self.cure else self.text


NO_STACK = "No stack is declared; add a file, such as Pulumi.dev.yaml."

# What writes notes: it reads the rendering before and after, and the objects that change.
Notes = Callable[[Rendering | None, Rendering, Sequence[ObjectChange]], Iterator[Note]]
