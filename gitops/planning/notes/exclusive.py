"""Fields of an object that exclude each other, and changes that go from one to the other.

The provider creates with one field manager, updates with another, and hands fields over in the
first real update. The dry run of a preview before that mixes the old and the new side of a pair,
and the API server refuses it (pulumi-kubernetes #2843).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from components.parts.part import Manifest
from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.printable import listed
from gitops.planning.rendering.rendering import Rendering

_HANDLERS = {"exec", "httpGet", "tcpSocket", "grpc", "sleep"}
# By what holds them: fields of which an object may have one. Lists that are replaced as a whole,
# such as the metrics of an autoscaler, are left out.
_EITHER: Mapping[str, tuple[set[str], ...]] = {
    "env[]": ({"value", "valueFrom"},),
    "valueFrom": ({"secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef"},),
    "volumeMounts[]": ({"subPath", "subPathExpr"},),
    "resourceClaims[]": ({"resourceClaimName", "resourceClaimTemplateName"},),
    "defaultBackend": ({"service", "resource"},),
    "source": ({"chart", "path"},),
    "helm": ({"values", "valuesObject"},),
    "spec": ({"minAvailable", "maxUnavailable"}, {"source", "sources"}),
    **dict.fromkeys(("startupProbe", "readinessProbe", "livenessProbe"), (_HANDLERS,)),
    **dict.fromkeys(("preStop", "postStart"), (_HANDLERS,)),
}
# What holds a `type` that says which other fields there may be.
_TYPED = ("strategy", "updateStrategy", "spec", "seccompProfile")
# Numbers identify these items, and their names are distinct all the same.
_NUMBERS = ("port", "containerPort")


def exclusive_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield, for all objects together, what a preview of the engine may refuse."""
    if base is None:
        return
    olds = {part.urn: part.object for part in base.parts if part.object}
    found = [
        turn
        for part in head.parts
        if part.object and part.urn in olds
        for turn in turns(olds[part.urn], part.object)
    ]
    if found:
        yield Note(
            Kind.FIELDS_EXCLUDE,
            tuple(found),
            "`pulumi preview` may refuse this change, for objects that were never updated since "
            f"they were created: fields exclude each other in {listed(found, 'place', 1)}",
            "`pulumi up --skip-preview` applies it",
        )


def turns(old: Manifest, new: Manifest) -> Iterator[str]:
    """Yield where an object goes from one field to another that excludes it."""
    if old["metadata"]["name"] != new["metadata"]["name"]:
        return
    after = dict(_choices(new))
    for place, taken in _choices(old):
        if after.get(place, taken) != taken:
            name = f"{new['kind']} {new['metadata']['name']}"
            yield f"{name}, {place}: {taken} -> {after[place]}"


def _choices(value: Any, holder: str = "", path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each place where one of several fields, or a type, is taken, and which."""
    if isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _choices(item, f"{holder}[]", f"{path}[{_name(item) or index}]")
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        yield from ((f"{path.removeprefix('.')} {of}", one) for of, one in _taken(known, holder))
        for key, item in known.items():
            yield from _choices(item, key, f"{path}.{key}")


def _taken(known: Mapping[str, Any], holder: str) -> Iterator[tuple[str, str]]:
    """Yield what is taken at one place, each after a word for the choice."""
    for group in _EITHER.get(holder, ()):
        yield from (("field", one) for one in sorted(group & known.keys()))
    if holder == "volumes[]":
        yield from (("source", one) for one in known if one != "name")
    if holder in _TYPED and "type" in known:
        yield "type", str(known["type"])
    if holder == "ports[]" and "name" in known:
        yield from ((number, str(known[number])) for number in _NUMBERS if number in known)


def _name(item: Any) -> str:
    known = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    return str(known.get("name", known.get("mountPath", "")))
