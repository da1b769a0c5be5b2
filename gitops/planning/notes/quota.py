"""What a change does to the quota of a namespace, in words."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from components.quota.usage import CLAIMS, STORAGE
from documents.quantity import bytes_text, count_text, quantity
from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.rendering.rendering import Rendering

_TOKEN = "kubernetes:core/v1:ResourceQuota"
_WORDS = {
    "requests.cpu": ("core", "cores"),
    "requests.memory": ("memory", "memory"),
    STORAGE: ("storage", "storage"),
    CLAIMS: ("claim", "claims"),
}
_BYTES = ("requests.memory", STORAGE)

Limits = Mapping[str, Fraction]


def quota_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield what becomes of the quota, in words."""
    old, new = limits(base), limits(head)
    if new and not old:
        held = ", ".join(named(name, amount) for name, amount in new.items() if amount)
        yield _note(head, f"the namespace is held to {held}; any more is refused")
    elif old and not new:
        yield _note(head, "the quota of the namespace is removed: nothing limits it any more")
    else:
        for verb, sign in (("grows", 1), ("shrinks", -1)):
            changes = [name for name in {**old, **new} if sign * _delta(name, old, new) > 0]
            if changes:
                amounts = ", ".join(_by(name, old, new) for name in changes)
                yield _note(head, f"the quota {verb} by {amounts}")


def _note(head: Rendering, text: str) -> Note:
    return Note(Kind.QUOTA_CHANGES, (head.namespace,), text)


def _delta(name: str, old: Limits, new: Limits) -> Fraction:
    return new.get(name, Fraction(0)) - old.get(name, Fraction(0))


def _by(name: str, old: Limits, new: Limits) -> str:
    before, after = (text(name, one.get(name, Fraction(0))) for one in (old, new))
    return f"{named(name, abs(_delta(name, old, new)))} ({before} -> {after})"


def named(name: str, amount: Fraction) -> str:
    """Return an amount with its word, such as `2 cores`."""
    one, many = _WORDS.get(name, (name.removeprefix("requests."),) * 2)
    return f"{text(name, amount)} {one if amount == 1 else many}"


def text(name: str, amount: Fraction) -> str:
    """Return an amount as people write it."""
    return bytes_text(amount) if name in _BYTES else count_text(amount)


def limits(rendering: Rendering | None) -> dict[str, Fraction]:
    """Return what the quota of a stack allows; nothing where it has none."""
    for part in rendering.parts if rendering else ():
        if part.token == _TOKEN and part.object:
            hard: dict[str, str] = part.object["spec"]["hard"]
            return {name: quantity(amount) for name, amount in hard.items()}
    return {}
