"""What of an object must be the same after a fault as after a run without one."""

from collections.abc import Mapping
from typing import Any

# The cluster chooses these, and chooses anew when an object is made anew.
_CHOSEN = {
    "Service": ("clusterIP", "clusterIPs"),
    "PersistentVolumeClaim": ("volumeName",),
    "Job": ("selector", "suspend"),
}
_CHOSEN_LABELS = ("controller-uid", "job-name")
_LASTING = ("Secret", "PersistentVolumeClaim", "Service", "ServiceAccount", "Deployment")
Objects = Mapping[str, Mapping[str, Any]]


def content(objects: Objects) -> dict[str, dict[str, Any]]:
    """Return the labels, specification and data of objects by name; of Secrets only the keys."""
    return {name: _content(one) for name, one in objects.items()}


def _content(one: Mapping[str, Any]) -> dict[str, Any]:
    chosen = _CHOSEN.get(one["kind"], ())
    spec = {key: value for key, value in one.get("spec", {}).items() if key not in chosen}
    if one["kind"] == "Job":
        spec["template"] = {**spec["template"], "metadata": _own_labels(spec["template"])}
    data = one.get("data", {})
    return {
        "labels": one["metadata"].get("labels", {}),
        "spec": spec,
        "data": sorted(data) if one["kind"] == "Secret" else data,
    }


def _own_labels(template: Mapping[str, Any]) -> dict[str, str]:
    labels = template["metadata"]["labels"]
    return {key: value for key, value in labels.items() if not key.endswith(_CHOSEN_LABELS)}


def lasting(objects: Objects) -> dict[str, str]:
    """Return the identity of each object that no update may make anew, a Secret's key included."""
    return {
        name: one["metadata"]["uid"] + str(one.get("data", ""))
        for name, one in objects.items()
        if one["kind"] in _LASTING
    }
