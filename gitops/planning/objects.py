"""What a change does to objects: created, updated, replaced, deleted, or left behind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gitops.planning.difference import FieldChange, differences
from gitops.planning.rendering import PartRecord, Rendering
from gitops.planning.replacement import forces_replacement

_ON_CLUSTER = "kubernetes:"


class Change(StrEnum):
    """What the engine does with one object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    # Retained on delete: the engine forgets it, the cluster keeps it.
    ABANDON = "abandon"


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


def object_changes(base: Rendering | None, head: Rendering) -> tuple[ObjectChange, ...]:
    """Return every object that differs, in the order in which the head declares them."""
    old = {part.urn: part for part in base.parts} if base else {}
    moved = base is not None and base.cluster != head.cluster
    new: dict[str, PartRecord] = {}
    changes: list[ObjectChange] = []
    for part in head.parts:
        before = _before(part, old)
        new[before.urn if before else part.urn] = part
        changes += _change(before, part, moved=moved)
    gone = [part for urn, part in old.items() if urn not in new]
    return (*changes, *(_gone(part) for part in reversed(gone) if _is_thing(part)))


def _before(part: PartRecord, old: Mapping[str, PartRecord]) -> PartRecord | None:
    for urn in (part.urn, *part.aliases):
        if urn in old:
            return old[urn]
    return None


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
        yield _of(new, Change.REPLACE, fields, forcing)
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
        fields=fields,
        forcing=forcing,
        retained=part.retain,
    )


def _kind(part: PartRecord) -> str:
    return part.token.rsplit(":", 1)[-1].replace("kubernetes", "Provider")


def _content(part: PartRecord) -> Mapping[str, Any]:
    return part.object if part.object is not None else part.inputs
