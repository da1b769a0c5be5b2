"""Which changes replace an object, as the stand-in plugin does it with a real API server."""

from __future__ import annotations

import pytest

from sandbox.plugins.properties import Properties
from tests.e2e.contract import objects as o
from tests.e2e.contract.client import Plugin

pytestmark = pytest.mark.e2e


def test_the_same_declaration_is_no_change(provider: Plugin, name: str) -> None:
    same = o.deployment(name, limits={"cpu": "1000m", "memory": "1024Mi"})
    assert provider.diff(provider.create(same, preview=True), same).changes == "DIFF_NONE"


REPLACING = [
    (o.config_map("x"), "metadata.name", "y"),
    (o.config_map("x"), "metadata.namespace", "default"),
    (o.deployment("x"), "spec.selector.matchLabels.app", "y"),
    (o.stateful_set("x"), "spec.selector.matchLabels.app", "y"),
    (o.stateful_set("x"), "spec.serviceName", "y"),
    (o.stateful_set("x"), "spec.podManagementPolicy", "Parallel"),
    (o.stateful_set("x"), "spec.revisionHistoryLimit", 3),
    (o.stateful_set("x"), "spec.volumeClaimTemplates", [{"metadata": {"name": "y"}}]),
    (o.claim("x", "standard"), "spec.accessModes", ["ReadWriteMany"]),
    (o.claim("x", "standard"), "spec.selector", {"matchLabels": {"a": "b"}}),
    (o.claim("x", "standard"), "spec.storageClassName", "fast"),
    (o.claim("x", "standard"), "spec.volumeName", "y"),
    (o.service("x"), "spec.clusterIP", "None"),
    (o.role_binding("x", "view"), "roleRef.name", "edit"),
    (o.job("x"), "spec.template.spec.activeDeadlineSeconds", 5),
    (o.job("x"), "spec.parallelism", 2),
    (o.job("x"), "spec.completions", 2),
    (o.storage_class("x", "Immediate"), "provisioner", "y"),
    (o.storage_class("x", "Immediate"), "parameters", {"a": "b"}),
    (o.config_map("x"), "data", {"a": "b"}),
    (o.manifest("v1", "Secret", "x"), "data", {"a": "Yg=="}),
    (o.manifest("v1", "Secret", "x"), "type", "example.com/other"),
]


@pytest.mark.parametrize(
    ("thing", "path", "value"), REPLACING, ids=[f"{t['kind']}-{p}" for t, p, _ in REPLACING]
)
def test_a_changed_field_replaces_the_object(
    provider: Plugin, thing: Properties, path: str, value: object
) -> None:
    found = provider.diff(provider.create(thing, preview=True), o.changed(thing, path, value))
    assert [key for key in found.replaces if key.startswith(path)]
    assert found.deletes_first is not path.startswith("metadata.")


UPDATING = [
    (o.deployment("x"), "spec.replicas", 2),
    (o.stateful_set("x"), "spec.template.metadata.labels.extra", "y"),
    (o.claim("x", "standard"), "spec.resources.requests.storage", "2Gi"),
    (o.job("x"), "spec.suspend", True),
    (o.config_map("x"), "metadata.labels", {"a": "b"}),
]


@pytest.mark.parametrize(
    ("thing", "path", "value"), UPDATING, ids=[f"{t['kind']}-{p}" for t, p, _ in UPDATING]
)
def test_any_other_field_updates_in_place(
    provider: Plugin, thing: Properties, path: str, value: object
) -> None:
    found = provider.diff(provider.create(thing, preview=True), o.changed(thing, path, value))
    assert (found.changes, found.replaces) == ("DIFF_SOME", [])


def test_an_ignored_change_is_no_change(provider: Plugin) -> None:
    kept = provider.create(o.deployment("x"), preview=True)
    found = provider.diff(kept, o.deployment("x", replicas=2), ignore=("spec.replicas",))
    assert found.changes == "DIFF_NONE"


@pytest.mark.parametrize(
    ("switch", "immutable", "replaces"),
    [("false", False, True), ("true", False, False), ("true", True, True)],
)
def test_data_replaces_unless_it_is_mutable_by_switch_and_object(
    provider: Plugin, *, switch: str, immutable: bool, replaces: bool
) -> None:
    provider.configure(enableConfigMapMutable=switch, enableSecretMutable=switch)
    maps = [o.config_map("x", immutable=immutable, a=text) for text in "12"]
    secrets = [{**one, "kind": "Secret", "data": {"a": one["data"]["a"] * 4}} for one in maps]
    for old, new in (maps, secrets):
        found = provider.diff(provider.create(old, preview=True), new)
        assert bool(found.replaces) is replaces


def test_a_renamed_content_is_created_before_the_old_is_deleted(provider: Plugin) -> None:
    kept = provider.create(o.config_map("x-1", immutable=True, a="1"), preview=True)
    found = provider.diff(kept, o.config_map("x-2", immutable=True, a="2"))
    assert found.replaces == ["data.a", "metadata.name"]
    assert not found.deletes_first


def test_an_incomplete_job_is_replaced_when_asked_to(provider: Plugin, name: str) -> None:
    stuck = o.annotated(o.job(name), replaceUnready="true", skipAwait="true")
    stuck = o.changed(stuck, "spec.suspend", True)
    assert provider.diff(provider.create(stuck), stuck).replaces
