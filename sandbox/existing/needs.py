"""What declared objects ask of a cluster, told from the objects themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from documents.problem import RefusedError
from gitops.planning.checkout import declared
from sandbox.existing.client import ContextError

Object = Mapping[str, Any]

DEFAULT_CLASS = ""
"""Stands for the storage class that claims get which name none."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Names a cluster must know; `secrets` as `namespace/name`, `devices` as resources."""

    namespaces: frozenset[str]
    devices: frozenset[str]
    classes: frozenset[str]
    secrets: frozenset[str]


def declared_objects(root: Path) -> list[Object]:
    """Return every object that the stacks of a checkout declare; raises ContextError."""
    try:
        renderings = declared(root, ())
    except RefusedError as error:
        raise ContextError(
            f"The stacks in {root} are not valid ({error.problems[0].cause})",
            "Mend them as `check` says, or start this in a checkout",
        ) from error
    parts = (part for rendering in renderings for part in rendering.parts)
    return [part.object for part in parts if part.object is not None]


def needs(objects: Iterable[Object]) -> Needs:
    """Return what objects need beside themselves."""
    every = list(objects)
    made = {full_name(one) for one in every if one["kind"] == "Secret"}
    return Needs(
        namespaces=frozenset(filter(None, (namespace(one) for one in every))),
        devices=frozenset(device for one in every for device in devices(one)),
        classes=frozenset(
            one["spec"].get("storageClassName") or DEFAULT_CLASS
            for one in every
            if one["kind"] == "PersistentVolumeClaim"
        ),
        secrets=frozenset(name for one in every for name in secrets(one)) - made,
    )


def namespace(one: Object) -> str:
    """Return the namespace that an object names, or nothing."""
    return str(one["metadata"].get("namespace", ""))


def full_name(one: Object) -> str:
    """Return an object's namespace and name."""
    return f"{namespace(one)}/{one['metadata']['name']}"


def devices(one: Object) -> Iterator[str]:
    """Yield the resources of device plugins that the containers in an object ask for."""
    for limits in found(one, "limits"):
        yield from (name for name in limits if "/" in name)


def secrets(one: Object) -> Iterator[str]:
    """Yield the Secrets that the containers in an object read keys of."""
    for key in found(one, "secretKeyRef"):
        if not key.get("optional"):
            yield f"{namespace(one)}/{key['name']}"


def found(node: object, key: str) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping that stands under a key, however deep."""
    if isinstance(node, list):
        for one in cast("list[object]", node):
            yield from found(one, key)
    if isinstance(node, Mapping):
        for name, value in cast("Mapping[str, object]", node).items():
            if name == key and isinstance(value, Mapping):
                yield cast("Mapping[str, Any]", value)
            else:
                yield from found(value, key)
