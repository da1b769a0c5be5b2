"""What a change means for a stack as a whole: its cluster, its claims settings, its charts."""

from collections.abc import Iterator, Sequence

from gitops.planning.note import Kind, Note
from gitops.planning.objects import Change, ObjectChange
from gitops.planning.printable import counted
from gitops.planning.rendering.rendering import ReleaseRecord, Rendering
from settings.release import short
from settings.stack.delivery import Delivery


def stack_notes(
    base: Rendering | None, head: Rendering, changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield a move to another cluster, entries of `abandon` without a use, and deleted charts."""
    if base and base.cluster != head.cluster:
        yield Note(
            Kind.CLUSTER_CHANGES,
            (head.stack,),
            f"moves from cluster {base.cluster} to {head.cluster}: everything is new there",
        )
    if base and base.cluster == head.cluster and base.cluster_uid != head.cluster_uid:
        yield _binding(head, base.cluster_uid)
    used = set(_left(changes))
    for claim in head.abandon if base else ():
        if claim not in used:
            text = f"claims.abandon lists {claim}, which stays"
            yield Note(Kind.ABANDON_UNUSED, (claim,), text, "delete the entry")
    for change in changes:
        if change.kind == "Application" and change.change is Change.DELETE:
            text = f"Argo CD deletes the objects of {change.name}, its claims included"
            yield Note(Kind.CHART_DELETED, (change.name,), text)


def release_notes(
    base: Rendering | None, head: Rendering, _changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield the release before and after, where one of them is in a file."""
    old, new = (base.release if base else None), head.release
    if base is None or (old and new and old.digest == new.digest):
        return
    subjects = tuple(one.digest for one in (old, new) if one)
    if old and new:
        text = f"release {short(old.digest)} -> {short(new.digest)} ({_counted(old, new)})"
        yield Note(Kind.RELEASE_CHANGES, subjects, text)
    elif new:
        text = f"release none -> {short(new.digest)}: edits of models/ no longer reach the stack"
        yield Note(Kind.RELEASE_ADDED, subjects, text)
    elif old:
        text = f"release {short(old.digest)} -> none: every edit of models/ reaches the stack"
        yield Note(Kind.RELEASE_REMOVED, subjects, text, "keep its file in releases/")


def _counted(old: ReleaseRecord, new: ReleaseRecord) -> str:
    both = old.models.keys() & new.models.keys()
    counts = {
        "changed": sum(old.models[name] != new.models[name] for name in both),
        "added": len(new.models.keys() - both),
        "removed": len(old.models.keys() - both),
    }
    said = [f"{counted(count, 'model')} {what}" for what, count in counts.items() if count]
    return ", ".join(said) or "the same models"


def _binding(head: Rendering, old: str | None) -> Note:
    subjects, new = (head.stack, head.cluster), head.cluster_uid
    if new is None:
        text = f"cluster {head.cluster} is no longer bound to UID {old}: any cluster that a "
        cure = "keep `uid` under localai:cluster"
        return Note(Kind.CLUSTER_BINDING, subjects, f"{text}kubeconfig leads to is changed", cure)
    if old is None:
        text = f"cluster {head.cluster} is bound to UID {new}: an update of any other is refused"
        return Note(Kind.CLUSTER_BINDING, subjects, text)
    text = (
        f"cluster {head.cluster} has UID {new}, no longer {old}: it is another cluster, and what "
    )
    cure = "give it another name too if the old one is still there"
    return Note(Kind.CLUSTER_BINDING, subjects, f"{text}the old one holds stays there", cure)


# Registrations, components included; docs/benchmarks.md, `On a cluster`, has what they take.
_MANY = 1_000


def size_notes(
    base: Rendering | None, head: Rendering, _changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield that a stack of the engine grows to a size at which each update takes long."""
    before, now = len(base.parts) if base else 0, len(head.parts)
    if head.delivery == Delivery.OPERATOR and now > max(before, _MANY):
        yield Note(
            Kind.STATE_GROWS,
            (head.stack,),
            f"{now} registrations: the engine writes its whole state before and after each, which "
            f"grows with the square of their number, and hurts from {_MANY} on",
            "divide the pools among more stacks",
        )


def adopt_notes(
    _base: Rendering | None, head: Rendering, _changes: Sequence[ObjectChange]
) -> Iterator[Note]:
    """Yield that objects of others are taken over, for as long as that is on."""
    if head.adopt:
        text = "claims.adopt is on: objects that exist already are taken over, not refused"
        yield Note(Kind.ADOPT_ON, (head.stack,), text)


def _left(changes: Sequence[ObjectChange]) -> Iterator[str]:
    """Yield the names of what stays behind."""
    for change in changes:
        if change.change is Change.ABANDON:
            yield change.name
        if change.retained:
            yield from (str(one.old) for one in change.fields if one.path == "metadata.name")
