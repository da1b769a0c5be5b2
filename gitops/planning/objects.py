"""What a change does to objects: created, updated, replaced, deleted, or left behind."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gitops.planning.difference import FieldChange, differences, hidden
from gitops.planning.forcing import FORCING, IDENTITY
from gitops.planning.rendering.rendering import PartRecord, Rendering

_BY_KIND = {kind: fields for (_, kind), fields in FORCING.items()}
_ALWAYS = (*IDENTITY, "kind", "apiVersion")


def forces_replacement(kind: str, field: str) -> bool:
    """Return whether a change of a field, such as `spec.selector.matchLabels.app`, replaces it."""
    if kind == "RandomPassword":
        return True
    if kind == "Provider":
        return field == "clusterIdentifier"
    return any(_covers(path, field) for path in (*_ALWAYS, *_BY_KIND.get(kind, ())))


def _covers(path: str, field: str) -> bool:
    pattern = re.escape(path).replace(r"\.\*", r"\[[^]]+\]")
    return re.match(rf"{pattern}(?=$|[.\[])", field) is not None


# How a name by content ends.
_CONTENT = re.compile(r"-[0-9a-f]{8}\Z")
_ON_CLUSTER = "kubernetes:"
_VERIFICATION = "localai:components:Verification"


class Change(StrEnum):
    """What the engine does with one object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    # Retained on delete: the engine forgets it, the cluster keeps it.
    ABANDON = "abandon"


PAST = {
    Change.CREATE: "created",
    Change.UPDATE: "updated",
    Change.REPLACE: "replaced",
    Change.DELETE: "deleted",
    Change.ABANDON: "left behind",
}


@dataclass(frozen=True, kw_only=True)
class ObjectChange:
    """One object that changes; `forcing` are the fields that make a replacement necessary."""

    urn: str
    kind: str
    namespace: str
    name: str
    change: Change
    fields: tuple[FieldChange, ...] = ()
    forcing: tuple[str, ...] = ()
    retained: bool = False
    # The URN of the part it takes the place of, where that is another part to the engine.
    successor_of: str = ""

    @property
    def replaces_retained(self) -> bool:
        """Return whether the old object stays, forgotten, and a new one is created."""
        return self.retained and self.change is Change.REPLACE

    @property
    def leaves_behind(self) -> bool:
        """Return whether an object stays in the cluster that nothing declares any more."""
        return self.change is Change.ABANDON or self.replaces_retained

    @property
    def old_name(self) -> str:
        """Return the name that the object has before."""
        renamed = (str(field.old) for field in self.fields if field.path == "metadata.name")
        return next(renamed, self.name)

    @property
    def verifies(self) -> bool:
        """Return whether it only proves what the others serve, and nothing of it stays."""
        return self.change is not Change.ABANDON and f"{_VERIFICATION}$" in self.urn

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """Return what the engine does: URNs, each with its operation."""
        if self.successor_of:
            return ((self.urn, "create"), (self.successor_of, "delete"))
        # The engine deletes what is retained, too: it only forgets it.
        forgotten = self.change is Change.ABANDON
        return ((self.urn, "delete" if forgotten else self.change.value),)


def object_changes(base: Rendering | None, head: Rendering) -> tuple[ObjectChange, ...]:
    """Return every object that differs, in the order in which the head declares them."""
    old = {part.urn: part for part in base.parts} if base else {}
    moved = base is not None and base.cluster != head.cluster
    new: dict[str, PartRecord] = {}
    changes: list[ObjectChange] = []
    stems = {_stem(part): part for urn, part in old.items() if urn not in _urns(head)}
    for part in head.parts:
        before = _before(part, old) or stems.get(_stem(part))
        new[before.urn if before else part.urn] = part
        changes += _change(before, part, moved=moved)
    gone = [part for urn, part in old.items() if urn not in new]
    return (*changes, *(_gone(part) for part in reversed(gone) if _is_thing(part)))


def left_behind(base: Rendering) -> tuple[ObjectChange, ...]:
    """Return every object of a stack that is no longer declared, and that nothing deletes."""
    return tuple(
        _of(part, Change.ABANDON)
        for part in base.parts
        if _is_thing(part) and part.token.startswith(_ON_CLUSTER)
    )


def _before(part: PartRecord, old: Mapping[str, PartRecord]) -> PartRecord | None:
    for urn in (part.urn, *part.aliases):
        if urn in old:
            return old[urn]
    return None


def _urns(rendering: Rendering) -> frozenset[str]:
    return frozenset(part.urn for part in rendering.parts)


def _stem(part: PartRecord) -> str:
    """Return the URN of a part named by its content without the content: what it is the next of.

    To the engine another content is another part; to people it replaces the one before it.
    """
    name = (part.object or {}).get("metadata", {}).get("name", "")
    digits = _CONTENT.search(name)
    return part.urn.removesuffix(digits[0]) if digits else part.urn


def _is_thing(part: PartRecord) -> bool:
    return part.object is not None or bool(part.inputs)


def _change(old: PartRecord | None, new: PartRecord, *, moved: bool) -> Iterator[ObjectChange]:
    if not _is_thing(new):
        return
    if old is None:
        yield _of(new, Change.CREATE)
        return
    fields = tuple(differences(_content(old), _content(new)))
    forcing = tuple(change.path for change in fields if forces_replacement(_kind(new), change.path))
    if moved and new.token.startswith(_ON_CLUSTER):
        forcing = ("localai:cluster", *forcing)
    if forcing:
        # A retained object is not deleted when it is replaced: the old one stays, forgotten.
        change = _of(new, Change.REPLACE, fields, forcing)
        renamed = old.urn != new.urn and old.urn not in new.aliases
        yield replace(change, successor_of=old.urn if renamed else "")
    elif fields:
        yield _of(new, Change.UPDATE, fields)


def _gone(part: PartRecord) -> ObjectChange:
    return _of(part, Change.ABANDON if part.retain else Change.DELETE)


def _of(
    part: PartRecord,
    change: Change,
    fields: tuple[FieldChange, ...] = (),
    forcing: tuple[str, ...] = (),
) -> ObjectChange:
    metadata: Mapping[str, Any] = (part.object or {}).get("metadata", {})
    return ObjectChange(
        urn=part.urn,
        kind=_kind(part),
        namespace=metadata.get("namespace", ""),
        name=metadata.get("name", part.name),
        change=change,
        fields=tuple(map(hidden, fields)),
        forcing=forcing,
        retained=part.retain,
    )


def _kind(part: PartRecord) -> str:
    return part.token.rsplit(":", 1)[-1].replace("kubernetes", "Provider")


def _content(part: PartRecord) -> Mapping[str, Any]:
    return part.object if part.object is not None else part.inputs
