from dataclasses import replace
from typing import Any

import pytest

from gitops.planning.objects import Change, forces_replacement, object_changes
from gitops.planning.rendering.rendering import PartRecord, Rendering
from tests.gitops.stacks import rendered, stack_file

FORCING = [
    ("ConfigMap", "data.key"),
    ("ConfigMap", "binaryData.key"),
    ("Secret", "data.key"),
    ("Secret", "stringData.key"),
    ("Secret", "type"),
    ("Deployment", "spec.selector.matchLabels.app"),
    ("DaemonSet", "spec.selector.matchLabels.app"),
    ("StatefulSet", "spec.selector.matchLabels.app"),
    ("StatefulSet", "spec.serviceName"),
    ("StatefulSet", "spec.volumeClaimTemplates"),
    ("StatefulSet", "spec.podManagementPolicy"),
    ("StatefulSet", "spec.revisionHistoryLimit"),
    ("Job", "spec.selector.matchLabels.app"),
    ("Job", "spec.template.spec.restartPolicy"),
    ("Job", "spec.completions"),
    ("Job", "spec.parallelism"),
    ("ResourceQuota", "spec.scopes"),
    ("PersistentVolumeClaim", "spec.accessModes"),
    ("PersistentVolumeClaim", "spec.selector.matchLabels.app"),
    ("PersistentVolumeClaim", "spec.storageClassName"),
    ("PersistentVolumeClaim", "spec.volumeName"),
    ("Service", "spec.clusterIP"),
    ("StorageClass", "parameters.type"),
    ("StorageClass", "provisioner"),
    ("RoleBinding", "roleRef.name"),
    ("ClusterRoleBinding", "roleRef.name"),
]
IN_PLACE = [
    ("ConfigMap", "immutable"),
    ("Secret", "immutable"),
    ("ConfigMap", "metadata.labels.app"),
    ("Secret", "metadata.annotations.note"),
    ("Deployment", "spec.replicas"),
    ("Deployment", "spec.template.spec.nodeName"),
    ("StatefulSet", "spec.replicas"),
    ("Job", "spec.completionMode"),
    ("PersistentVolumeClaim", "spec.resources.requests.storage"),
    ("Service", "spec.selector.app"),
    ("StorageClass", "allowVolumeExpansion"),
    ("NetworkPolicy", "spec.podSelector.matchLabels.app"),
    ("PodDisruptionBudget", "spec.maxUnavailable"),
]
LISTS = ("spec.accessModes", "spec.volumeClaimTemplates")


def manifest(kind: str, field: str, value: Any) -> dict[str, Any]:
    """Return an object of a kind with one field set."""
    nested: Any = value
    *outer, last = field.split(".")
    nested = {last: value}
    for step in reversed(outer):
        nested = {step: nested}
    metadata = {"name": "it", "namespace": "here", **nested.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **nested}


def holding(manifest: dict[str, Any]) -> Rendering:
    """Return a rendering with one object in it."""
    kind = manifest["kind"]
    part = PartRecord(urn="urn:it", name="it", token=f"kubernetes:v1:{kind}", parent=None,
                      object=manifest)  # fmt: skip
    empty = rendered(stack_file())
    return replace(empty, pools=(), parts=(part,))


def change_of(kind: str, field: str) -> Change:
    values: tuple[Any, Any] = (["a"], ["b"]) if field in LISTS else ("a", "b")
    old, new = (holding(manifest(kind, field, value)) for value in values)
    (change,) = object_changes(old, new)
    return change.change


@pytest.mark.parametrize(("kind", "field"), FORCING)
def test_a_field_that_cannot_change_in_place_replaces_its_object(kind: str, field: str):
    assert change_of(kind, field) is Change.REPLACE


@pytest.mark.parametrize(("kind", "field"), IN_PLACE)
def test_any_other_field_is_updated_in_place(kind: str, field: str):
    assert change_of(kind, field) is Change.UPDATE


@pytest.mark.parametrize("field", ["metadata.name", "metadata.namespace", "apiVersion", "kind"])
@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "Whatever"])
def test_identity_always_replaces(kind: str, field: str):
    assert forces_replacement(kind, field)


@pytest.mark.parametrize("field", ["length", "special"])
def test_every_input_of_a_generated_value_replaces_it(field: str):
    assert forces_replacement("RandomPassword", field)


def test_another_cluster_replaces_the_provider_but_adopting_does_not():
    assert forces_replacement("Provider", "clusterIdentifier")
    assert not forces_replacement("Provider", "upsertExistingObjects")


def test_a_field_whose_name_only_starts_alike_is_not_forcing():
    assert not forces_replacement("PersistentVolumeClaim", "spec.accessModesX")
    assert not forces_replacement("Service", "spec.clusterIPs")


def test_a_star_in_the_table_is_any_item_of_a_list():
    assert forces_replacement("Pod", "spec.containers[main].image")
    assert not forces_replacement("Pod", "spec.containers[main].name")
