"""A stack's state beside its objects in the cluster: what only one of the two knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from components.addons.served.pod import SERVED_ROLE
from components.parts.part import Manifest
from components.parts.roles import ROLE
from gitops.cluster.access import KEPT


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

    `adoptable` is declared and unknown to the state, `orphans` are neither. `kept` is neither, too,
    and left behind on purpose: a claim, or a program that pods of a rollout still start with.
    `missing` is only in the state.
    `pending` are operations that an engine began and did not end.
    """

    adoptable: tuple[Thing, ...]
    orphans: tuple[Thing, ...]
    kept: tuple[Thing, ...]
    missing: tuple[Thing, ...]
    pending: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether the state knows exactly what is there; what is kept does not count."""
        return not (self.adoptable or self.orphans or self.missing or self.pending)


def difference(
    state: Mapping[str, Any], live: Iterable[Manifest], declared: Iterable[Manifest]
) -> Difference:
    """Return what an exported state and the objects with a stack's labels do not share."""
    deployment = cast("dict[str, Any]", state.get("deployment") or {})
    known = {one for resource in _resources(deployment) if (one := _known(resource))}
    owned = (one for one in live if not one["metadata"].get("ownerReferences"))
    found = {thing(one): one for one in owned}
    there = found.keys()
    wanted = {thing(one) for one in declared}
    unknown = there - known
    orphans = unknown - wanted
    kept = {one for one in orphans if _is_kept(found[one])}
    return Difference(
        adoptable=tuple(sorted(unknown & wanted)),
        orphans=tuple(sorted(orphans - kept)),
        kept=tuple(sorted(kept)),
        missing=tuple(sorted(known - there)),
        pending=tuple(sorted(_pending(deployment))),
    )


def _is_kept(manifest: Manifest) -> bool:
    labels = cast("dict[str, str]", manifest["metadata"].get("labels") or {})
    is_program = manifest["kind"] == "ConfigMap" and labels.get(ROLE) == SERVED_ROLE
    return manifest["kind"] == KEPT or is_program


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
