"""How a change is undone, and what that costs: a revert whose own plan refuses no claim."""

from collections.abc import Iterator
from dataclasses import replace

from gitops.planning.note import Kind, Note
from gitops.planning.notes.claims import CLAIM, claims_setting
from gitops.planning.objects import Change, ObjectChange, object_changes
from gitops.planning.pods import PodChange, Undo
from gitops.planning.refusals import shrunk_claims
from gitops.planning.rendering.rendering import Rendering
from settings.stack.delivery import Delivery


def way_back(pods: PodChange) -> Note:
    """Return how a change of a pool is undone, and what that costs."""
    undo = pods.undo
    if pods.created:
        stays = f", claim {pods.claim} stays" if pods.claim else ""
        gone = f"; the pool is deleted{stays}" if undo.deletes else ""
        return Note(Kind.UNDO_DELETES_POOL, (), f"{undo.text}{gone}")
    if pods.leaves_claim:
        text = f"{undo.text}; {pods.claim} and its weights are taken over again"
        return Note(Kind.UNDO_ADOPTS_CLAIM, (pods.claim,), text)
    text = f"{undo.text}; {_restart(pods)}"
    if not pods.claim:
        text = f"{text}, nodes pull the old images unless they have them"
        return Note(Kind.UNDO_PULLS_IMAGES, (), text)
    text = f"{text}, 0 bytes of weights to fetch (the old ones stay on {pods.claim})"
    return Note(Kind.UNDO_KEEPS_WEIGHTS, (pods.claim,), text)


def _restart(pods: PodChange) -> str:
    if pods.downtime and pods.downtime.kind is Kind.POOL_PARKED:
        return "its pods start again"
    away = "the same downtime" if pods.downtime else "no downtime"
    return f"one restart, {away}" if pods.restart else "no restart"


def undo(base: Rendering | None, head: Rendering) -> Undo:
    """Return how to undo the commit that changes a stack, with what its stack file needs for that.

    A revert concerns all pools at once, so the claims of each are in the same line.
    """
    if base is None:
        text = f"revert the commit, which deletes none of its objects, then {deletion(head)}"
        return Undo(text=text, deletes=False)
    back = object_changes(_retained(head), _retained(base))
    sizes = ", ".join(name for note in shrunk_claims(head, base, back) for name in note.subjects)
    kept = f", but keep the size of {sizes}" if sizes else ""
    return Undo(text=f"revert the commit{_claims(base, back)}{kept}")


def _retained(rendering: Rendering) -> Rendering:
    return replace(rendering, parts=tuple(part for part in rendering.parts if part.retain))


def _claims(base: Rendering, back: tuple[ObjectChange, ...]) -> str:
    left = [one for one in _left(back) if one not in base.abandon]
    # Whoever applies files takes over what exists already, and is not asked.
    engine = base.delivery == Delivery.OPERATOR
    adopt = engine and any(_exists(change) for change in back)
    if not left and (base.adopt or not adopt):
        return ""
    return f" with {claims_setting([*base.abandon, *left], adopt=base.adopt or adopt)}"


def _left(changes: tuple[ObjectChange, ...]) -> Iterator[str]:
    claims = (change for change in changes if change.kind == CLAIM)
    return (change.old_name for change in claims if change.leaves_behind)


def _exists(change: ObjectChange) -> bool:
    """Return whether going back creates what the change left behind."""
    return change.change is Change.CREATE or change.replaces_retained


def deletion(stack: Rendering) -> str:
    """Return how the objects of a stack are deleted whose file is gone."""
    if stack.delivery == Delivery.OPERATOR:
        return "run `pulumi destroy` to delete them"
    if stack.delivery == Delivery.COMPOSE:
        project = f"localai-{stack.stack}"
        return f"run `docker compose --project-name {project} down` on the server to delete them"
    return f"delete them from namespace {stack.namespace} by hand"
