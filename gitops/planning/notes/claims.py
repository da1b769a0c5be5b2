"""What a change does to claims in words: grown in place, or left behind with what they hold."""

from collections.abc import Iterable, Iterator, Sequence

from documents.quantity import whole_bytes
from gitops.planning.note import Kind, Note
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.rendering.rendering import Rendering

_SIZE = "spec.resources.requests.storage"
CLAIM = "PersistentVolumeClaim"


def claim_notes(
    base: Rendering | None, head: Rendering, changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield what becomes of each claim that grows or stays behind; a refusal says the rest."""
    if base is None:
        return
    for change in changes:
        if change.kind != CLAIM:
            continue
        if change.change is Change.UPDATE:
            yield from (*_grown(change), *_marked(change))
        elif change.leaves_behind:
            yield from _left(base, head, change)


def claims_setting(abandon: Iterable[str], *, adopt: bool) -> str:
    """Return the line of a stack file that lets claims be left behind, or be taken over."""
    names = ", ".join(abandon)
    said = [f"abandon: [{names}]"] if names else []
    return f"`localai:claims: {{{', '.join([*said, 'adopt: true'] if adopt else said)}}}`"


def _grown(change: ObjectChange) -> Iterator[Note]:
    for field in change.fields:
        if field.path == _SIZE and whole_bytes(field.new) > whole_bytes(field.old):
            yield Note(
                Kind.CLAIM_GROWS,
                (change.name,),
                f"claim {change.name} grows from {field.old} to {field.new} in place, if its class "
                "allows expansion; no pod restarts for that, and it cannot shrink again",
            )


def _marked(change: ObjectChange) -> Iterator[Note]:
    if all(field.path.startswith("metadata.annotations") for field in change.fields):
        yield Note(
            Kind.CLAIM_ANNOTATED,
            (change.name,),
            f"claim {change.name} gets an annotation that only the engine reads: its volume and "
            "its pods stay as they are",
        )


def _left(base: Rendering, head: Rendering, change: ObjectChange) -> Iterator[Note]:
    old = change.old_name
    if old not in head.abandon:
        return
    new = f"; its weights are downloaded again into {change.name}" if old != change.name else ""
    yield Note(
        Kind.CLAIM_STAYS,
        (old,),
        f"claim {old} stays with its data and its cost{new}",
        f"once its data is no longer needed: kubectl --namespace {base.namespace} delete pvc {old}",
    )
