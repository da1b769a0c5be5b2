"""What runs in a namespace: its objects as plain mappings, sorted by kind, without any Secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

Manifest = Mapping[str, Any]
WORKLOAD_KINDS = ("Deployment", "StatefulSet")


class UnreadableObjectsError(Exception):
    """What was read is no list of Kubernetes objects; the text has the cause and the cure."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The objects of one namespace."""

    namespace: str
    workloads: tuple[Manifest, ...]
    services: tuple[Manifest, ...]
    config_maps: Mapping[str, Manifest]
    claims: Mapping[str, Manifest]

    @property
    def names(self) -> frozenset[str]:
        """Return the names that a new Deployment or Service may not have."""
        return frozenset(name_of(one) for one in (*self.workloads, *self.services))


def running(namespace: str, document: Any) -> Running:
    """Return the objects of a namespace in what `kubectl get … --output json` printed.

    Raises:
        UnreadableObjectsError: it is no object and no list of objects.
    """
    found = [one for one in _objects(document) if _namespace_of(one) in (None, namespace)]
    return Running(
        namespace=namespace,
        workloads=tuple(one for one in found if one["kind"] in WORKLOAD_KINDS),
        services=tuple(one for one in found if one["kind"] == "Service"),
        config_maps={name_of(one): one for one in found if one["kind"] == "ConfigMap"},
        claims={name_of(one): one for one in found if one["kind"] == "PersistentVolumeClaim"},
    )


def name_of(manifest: Manifest) -> str:
    """Return the name of an object."""
    return str(manifest["metadata"]["name"])


def annotations(manifest: Manifest) -> Mapping[str, str]:
    """Return the annotations of an object."""
    return manifest["metadata"].get("annotations") or {}


def labels(manifest: Manifest) -> Mapping[str, str]:
    """Return the labels of an object."""
    return manifest["metadata"].get("labels") or {}


def items(value: Any) -> tuple[Any, ...]:
    """Return the items of a list of an object; nothing where there is no list."""
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else ()


def mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the mappings in a list of an object; nothing where there is no list."""
    return tuple(cast("Manifest", item) for item in items(value) if isinstance(item, dict))


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping of an object; an empty one where there is none."""
    return cast("Manifest", value) if isinstance(value, dict) else {}


def _objects(document: Any) -> Iterator[Manifest]:
    for one in items(document):
        yield from _objects(one)
    if isinstance(document, list):
        return
    found = mapping(document)
    if "items" in found:
        yield from _objects(found["items"])
    elif isinstance(found.get("kind"), str) and mapping(found.get("metadata")).get("name"):
        yield found
    else:
        raise UnreadableObjectsError(
            "it holds something that is no Kubernetes object; "
            "write it with `kubectl get … --output json`"
        )


def _namespace_of(manifest: Manifest) -> str | None:
    return manifest["metadata"].get("namespace")
