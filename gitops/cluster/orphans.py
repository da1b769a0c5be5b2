"""A stack's state beside its objects in the cluster: what only one of the two knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from components.parts.part import Manifest
from gitops.cluster.access import KEPT

_DATA = frozenset((KEPT,))


@dataclass(frozen=True, order=True)
class Thing:
    """One object: where it is, its kind with its group, and its name."""

    namespace: str
    kind: str
    group: str
    name: str

    def __str__(self) -> str:
        """Return it as kubectl takes it, after its namespace."""
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{self.namespace} {kind.lower()}/{self.name}"

    @property
    def words(self) -> tuple[str, ...]:
        """Return the arguments of kubectl that name it."""
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return (f"--namespace={self.namespace}", kind.lower(), self.name)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What state and cluster do not share.

    `adoptable` is declared and unknown to the state, `orphans` are neither; `kept` are claims of
    that kind, which hold data and are left behind on purpose; `missing` is only in the state.
    `pending` are operations that an engine began and did not end.
    """

    adoptable: tuple[Thing, ...]
    orphans: tuple[Thing, ...]
    kept: tuple[Thing, ...]
    missing: tuple[Thing, ...]
    pending: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether the state knows exactly what is there; kept claims do not count."""
        return not (self.adoptable or self.orphans or self.missing or self.pending)


def difference(
    state: Mapping[str, Any], live: Iterable[Manifest], declared: Iterable[Manifest]
) -> Difference:
    """Return what an exported state and the objects with a stack's labels do not share."""
    deployment = cast("dict[str, Any]", state.get("deployment") or {})
    known = {one for resource in _resources(deployment) if (one := _known(resource))}
    there = {thing(one) for one in live if not one["metadata"].get("ownerReferences")}
    wanted = {thing(one) for one in declared}
    unknown = there - known
    orphans = unknown - wanted
    return Difference(
        adoptable=tuple(sorted(unknown & wanted)),
        orphans=tuple(sorted(one for one in orphans if one.kind not in _DATA)),
        kept=tuple(sorted(one for one in orphans if one.kind in _DATA)),
        missing=tuple(sorted(known - there)),
        pending=tuple(sorted(_pending(deployment))),
    )


def thing(manifest: Manifest) -> Thing:
    """Return which object a manifest is."""
    metadata = manifest["metadata"]
    return Thing(
        metadata.get("namespace", ""),
        manifest["kind"],
        manifest["apiVersion"].rpartition("/")[0],
        metadata["name"],
    )


def namespaces(state: Mapping[str, Any]) -> set[str]:
    """Return the namespaces in which a state knows objects."""
    deployment = cast("dict[str, Any]", state.get("deployment") or {})
    found = (_known(resource) for resource in _resources(deployment))
    return {one.namespace for one in found if one and one.namespace}


def _resources(deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", deployment.get("resources") or [])


def _known(resource: Mapping[str, Any]) -> Thing | None:
    """Return the object of a resource; what is only read, or not of Kubernetes, is none."""
    if not str(resource["type"]).startswith("kubernetes:") or resource.get("external"):
        return None
    outputs = cast("dict[str, Any]", resource.get("outputs") or resource.get("inputs") or {})
    is_object = {"apiVersion", "kind", "metadata"} <= outputs.keys()
    return thing(outputs) if is_object else None


def _pending(deployment: Mapping[str, Any]) -> Iterable[str]:
    for one in cast("list[dict[str, Any]]", deployment.get("pending_operations") or []):
        yield f"{one['type']} {one['resource']['urn'].rpartition('::')[2]}"
