"""Who owns which fields of a live object, and what an update takes over first.

Source: pulumi-kubernetes, provider/pkg/await/await.go (`Creation`, `fixCSAFieldManagers`,
`patchForce`) and provider/pkg/await/fluxssa/patch.go; pull request #4278.
"""

from typing import Any, Final, cast

from sandbox.plugins.manifests import metadata
from sandbox.plugins.properties import Properties

# Every object is created under this one name; each is updated under a name of its own.
CREATOR: Final = "pulumi-kubernetes"
_CREATORS: Final = (CREATOR, "pulumi-kubernetes.exe", "pulumi-resource-kubernetes")

# What a real update takes over, by the operation and how the manager's name begins.
_TAKEN: Final = {
    "Apply": ("kubectl",),
    "Update": ("kubectl", "before-first-apply", *_CREATORS),
}


def taken_over(live: Properties, manager: str) -> list[Properties] | None:
    """Return the owners after `manager` took over what it may, or None where that is nothing."""
    entries = owners(live)
    own = [entry for entry in entries if _is(entry, manager)]
    taken = [entry for entry in entries if entry not in own and _may_be_taken(entry)]
    if not taken:
        return None
    rest = [entry for entry in entries if entry not in own and entry not in taken]
    first, *others = (*own, *taken)
    fields = cast("Properties", first.get("fieldsV1", {}))
    for entry in others:
        fields = _union(fields, entry.get("fieldsV1", {}))
    return [*rest, {**first, "manager": manager, "operation": "Apply", "fieldsV1": fields}]


def never_updated(live: Properties) -> bool:
    """Whether the fields still belong to the creator: a dry run is then forced."""
    return any(
        entry.get("operation") == "Update" and entry.get("manager") in _CREATORS
        for entry in owners(live)
    )


def owners(live: Properties) -> list[Properties]:
    """Return the entries of an object's managed fields."""
    return cast("list[Properties]", metadata(live).get("managedFields") or [])


def _is(entry: Properties, manager: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == "Apply"


def _may_be_taken(entry: Properties) -> bool:
    names = _TAKEN.get(entry.get("operation", ""), ())
    return not entry.get("subresource") and entry.get("manager", "").startswith(names)


def _union(one: Properties, other: Properties) -> Properties:
    """Return the fields of both; in this form, a set of fields is nested mappings."""
    merged: dict[str, Any] = {**one}
    for key, below in other.items():
        merged[key] = _union(merged.get(key, {}), below)
    return merged
