"""The steps of a rotation of API keys: which one a change takes, and which it may not skip.

1. Servers accept a second key. 2. Callers use it. 3. Servers no longer accept the first.
"""

from collections.abc import Iterator, Sequence

from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.rendering.rendering import KeyRecord, Rendering


def rotation_refusals(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield why callers would be refused: they use a key that servers do not, or not yet, accept.

    With another way of delivery or another home, every object of the stack is created again.
    """
    keys = _both(base, head)
    if keys is None or base is None or base.delivery != head.delivery:
        return
    old, new = keys
    if old.callers not in new.accepted and not new.revoke:
        yield Note(
            Kind.KEY_REFUSED,
            (old.callers,),
            f"API key {old.callers}, which callers use, would no longer be accepted",
            "add it as `also` under localai:apiKey in this change and drop it in a later one, or "
            "set `revoke: true` there if it leaked",
        )
    elif new.callers not in old.accepted and not new.revoke:
        yield Note(
            Kind.KEY_REFUSED,
            (new.callers,),
            f"callers would use API key {new.callers} before servers accept it",
            "add it as `also` under localai:apiKey first, and let callers use it in a later change",
        )


def rotation_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield which step of a rotation a change takes, and what comes next."""
    if keys := _both(base, head):
        yield from _step(*keys)


def _step(old: KeyRecord, new: KeyRecord) -> Iterator[Note]:
    added = [key for key in new.accepted if key not in old.accepted]
    dropped = [key for key in old.accepted if key not in new.accepted]
    if old.callers in dropped and new.revoke:
        yield Note(
            Kind.KEY_REVOKED,
            (old.callers,),
            f"API key {old.callers} is revoked: callers that have no other get 401 as soon as the "
            "pods have restarted",
            "delete `revoke` afterwards",
        )
    elif dropped:
        yield Note(
            Kind.KEY_ROTATION,
            tuple(dropped),
            f"key rotation, step 3 of 3: API key {', '.join(dropped)} is no longer accepted; pods "
            "restart, one by one where a pool has several",
        )
    elif added:
        yield Note(
            Kind.KEY_ROTATION,
            tuple(added),
            f"key rotation, step 1 of 3: servers accept a second API key, {', '.join(added)}; pods "
            "restart, one by one where a pool has several",
            "next, make it the first under localai:apiKey and the other `also`",
        )
    elif old.callers != new.callers:
        yield Note(
            Kind.KEY_ROTATION,
            (old.callers, new.callers),
            f"key rotation, step 2 of 3: callers use API key {new.callers}, {old.callers} is still "
            "accepted; no server restarts",
            "after external clients have switched, remove `also`",
        )


def _both(base: Rendering | None, head: Rendering) -> tuple[KeyRecord, KeyRecord] | None:
    if base is None or base.keys is None or head.keys is None:
        return None
    moved = (base.cluster, base.namespace) != (head.cluster, head.namespace)
    return None if moved else (base.keys, head.keys)
