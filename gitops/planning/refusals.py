"""What a plan refuses: to lose a claim, to move an object in silence, to leave two writers."""

from collections.abc import Iterable, Iterator

from gitops.planning.notes.quota_room import quota_refusals
from gitops.planning.notes.rotation import rotation_refusals
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.pods import deployment_of
from gitops.planning.rendering.rendering import Rendering
from settings.names import size_in_bytes


def refusals(
    base: Rendering | None, head: Rendering, changes: Iterable[ObjectChange]
) -> tuple[str, ...]:
    """Return why a change may not be merged, each with its cure; none if it may."""
    known = tuple(changes)
    found = [*_lost_claims(head, known), *_moved_objects(known), *_shrunk_claims(known)]
    found += _stranded_pools(base, head) if base else ()
    found += [*rotation_refusals(base, head), *quota_refusals(base, head)]
    if base and base.delivery != head.delivery:
        found.append(
            f"delivery changes from {base.delivery} to {head.delivery}, which leaves two writers; "
            "stop the old writer first, as docs/decisions/0003-delivery-modes.md says"
        )
    return tuple(found)


def _lost_claims(head: Rendering, changes: tuple[ObjectChange, ...]) -> Iterator[str]:
    for change in changes:
        lost = change.change is Change.ABANDON or (
            change.retained and change.change is Change.REPLACE
        )
        old = _old_name(change)
        if lost and old not in head.abandon:
            why = f" ({', '.join(change.forcing)} changes)" if change.forcing else ""
            yield (
                f"{change.kind} {old} would be left behind with its data{why}; undo it, or add "
                f"`localai:claims: {{abandon: [{old}]}}` to Pulumi.{head.stack}.yaml"
            )


def _shrunk_claims(changes: tuple[ObjectChange, ...]) -> Iterator[str]:
    for change in changes:
        for field in change.fields:
            if field.path != "spec.resources.requests.storage" or change.successor_of:
                continue
            if change.change is Change.UPDATE and size_in_bytes(field.new) < size_in_bytes(
                field.old
            ):
                yield (
                    f"{change.kind} {change.name} would shrink from {field.old} to {field.new}, "
                    "which no cluster does; keep the size"
                )


def _old_name(change: ObjectChange) -> str:
    renamed = (field.old for field in change.fields if field.path == "metadata.name")
    return next(renamed, change.name)


def _moved_objects(changes: tuple[ObjectChange, ...]) -> Iterator[str]:
    gone = {
        (change.kind, change.namespace, change.name): change.urn
        for change in changes
        if change.change in (Change.DELETE, Change.ABANDON)
    }
    for change in changes:
        old = gone.get((change.kind, change.namespace, change.name))
        if change.change is Change.CREATE and old:
            yield (
                f"{change.kind} {change.name} would be created while it is still there: "
                f"its URN moves from {old} to {change.urn}; give the part the old URN as an alias"
            )


def _stranded_pools(base: Rendering, head: Rendering) -> Iterator[str]:
    """Yield pools that move to other nodes while a pod of theirs holds a one-node claim.

    The Job that fetches for the new pods has to run beside that pod, on a node that is not of the
    new kind: it could start nowhere.
    """
    for pool in head.pools:
        old, new = deployment_of(base, pool.name), deployment_of(head, pool.name)
        if old is None or new is None or old["spec"].get("replicas") == 0:
            continue
        before, after = old["spec"]["template"]["spec"], new["spec"]["template"]["spec"]
        held = "affinity" in before and before["volumes"][0] == after["volumes"][0]
        if held and before.get("nodeSelector") != after.get("nodeSelector"):
            yield (
                f"pool {pool.name} moves to other nodes while its pod holds the one-node claim "
                f"{pool.claim}, so its Jobs could start nowhere; set replicas: 0 in one change and "
                "move it in the next"
            )
