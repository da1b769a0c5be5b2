"""What a plan refuses: to lose a claim, to move an object in silence, to leave two writers."""

from collections.abc import Iterable, Iterator, Sequence

from documents.quantity import whole_bytes
from gitops.planning.note import Kind, Note, Notes
from gitops.planning.notes.anythingllm import application_refusals
from gitops.planning.notes.claims import CLAIM, claims_setting
from gitops.planning.notes.quota import quota_refusals
from gitops.planning.notes.rotation import rotation_refusals
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.pods import deployment_of
from gitops.planning.rendering.rendering import Rendering


def refusals(
    base: Rendering | None, head: Rendering, changes: Iterable[ObjectChange]
) -> tuple[Note, ...]:
    """Return why a change may not be merged, each with its cure; none if it may."""
    known = tuple(changes)
    return tuple(note for writer in _REFUSALS for note in writer(base, head, known))


def _lost_claims(
    _base: Rendering | None, head: Rendering, changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield what is lost for one reason in one sentence, with the one line that allows it all."""
    lost: dict[str, list[str]] = {}
    # What else is retained, such as a program that pods still read, holds no data of anybody.
    for change in (change for change in changes if change.kind == CLAIM):
        if change.leaves_behind and change.old_name not in head.abandon:
            why = f" ({', '.join(change.forcing)} changes)" if change.forcing else ""
            lost.setdefault(why, []).append(change.old_name)
    every = [*head.abandon, *(name for names in lost.values() for name in names)]
    setting = claims_setting(every, adopt=head.adopt)
    for why, names in lost.items():
        what = f"{CLAIM} {names[0]}" if len(names) == 1 else f"{CLAIM}s {', '.join(names)}"
        yield Note(
            Kind.CLAIM_LOST,
            tuple(names),
            f"{what} would be left behind with {'its' if len(names) == 1 else 'their'} data{why}",
            f"undo it, or set {setting} in Pulumi.{head.stack}.yaml",
        )


def shrunk_claims(
    _base: Rendering | None, _head: Rendering, changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield the claims that would shrink, each with its sizes."""
    for change in changes:
        for field in change.fields:
            if field.path != "spec.resources.requests.storage" or change.successor_of:
                continue
            if change.change is Change.UPDATE and whole_bytes(field.new) < whole_bytes(field.old):
                yield Note(
                    Kind.CLAIM_SHRINKS,
                    (change.name,),
                    f"{change.kind} {change.name} would shrink from {field.old} to {field.new}, "
                    "which Kubernetes does not support",
                    "keep the size",
                )


def _moved_objects(
    _base: Rendering | None, _head: Rendering, changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    gone = {
        (change.kind, change.namespace, change.name): change.urn
        for change in changes
        if change.change in (Change.DELETE, Change.ABANDON)
    }
    for change in changes:
        old = gone.get((change.kind, change.namespace, change.name))
        if change.change is Change.CREATE and old:
            yield Note(
                Kind.OBJECT_MOVES,
                (change.name,),
                f"{change.kind} {change.name} would be created while it is still there: "
                f"its URN moves from {old} to {change.urn}",
                "give the part the old URN as an alias",
            )


def _stranded_pools(
    base: Rendering | None, head: Rendering, _changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield pools that move to other nodes while a pod of theirs holds a one-node claim.

    The Job that fetches for the new pods has to run on the node of that pod, which is not of the
    new kind: it cannot be scheduled.
    """
    for pool in head.pools if base else ():
        old, new = deployment_of(base, pool.name), deployment_of(head, pool.name)
        if old is None or new is None or old["spec"].get("replicas") == 0:
            continue
        before, after = old["spec"]["template"]["spec"], new["spec"]["template"]["spec"]
        held = "affinity" in before and before["volumes"][0] == after["volumes"][0]
        if held and before.get("nodeSelector") != after.get("nodeSelector"):
            yield Note(
                Kind.POOL_STRANDED,
                (pool.name,),
                f"pool {pool.name} moves to other nodes while its pod holds the one-node claim "
                f"{pool.claim}, so its Jobs could not be scheduled",
                "set replicas: 0 in one change and move it in the next",
            )


def _delivery(
    base: Rendering | None, head: Rendering, _changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    if base and base.delivery != head.delivery:
        yield Note(
            Kind.DELIVERY_CHANGES,
            (head.stack,),
            f"delivery changes from {base.delivery} to {head.delivery}, which leaves two writers",
            "stop the old writer first, as docs/decisions/0003-delivery-modes.md says",
        )


_REFUSALS: tuple[Notes, ...] = (
    _lost_claims, _moved_objects, shrunk_claims, _stranded_pools, rotation_refusals,
    quota_refusals, application_refusals, _delivery,
)  # fmt: skip
