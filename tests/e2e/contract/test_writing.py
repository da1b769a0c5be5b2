"""Creating, updating and deleting, as the stand-in plugin does it with a real API server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.contract import objects as o
from tests.e2e.contract.client import CallError, Plugin

pytestmark = pytest.mark.e2e


def test_create_writes_the_object(provider: Plugin, name: str, kubectl: Callable[..., str]) -> None:
    kept = provider.create(o.config_map(name, a="1"))
    assert kept.identity == f"{o.NAMESPACE}/{name}"
    assert kubectl("get", "configmap", name, "--output=jsonpath={.data.a}") == "1"


def test_an_object_without_a_name_gets_one(provider: Plugin) -> None:
    nameless = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": o.NAMESPACE}}
    kept = provider.create(nameless)
    assert kept.identity.startswith(f"{o.NAMESPACE}/it-")
    assert provider.diff(kept, nameless).changes == "DIFF_NONE"
    assert not provider.diff(kept, {**nameless, "data": {"a": "1"}}).deletes_first


def test_creating_an_existing_object_fails(provider: Plugin, name: str) -> None:
    provider.create(o.config_map(name, a="1"))
    with pytest.raises(CallError, match="already exists"):
        provider.create(o.config_map(name, a="1"))


def test_the_upsert_switch_adopts_an_existing_object(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    provider.create(o.claim(name, "standard"))
    provider.configure(upsertExistingObjects="true")
    provider.create(o.claim(name, "standard"))
    assert kubectl("get", "persistentvolumeclaim", name, "--output=name")


def test_update_changes_in_place(provider: Plugin, name: str, kubectl: Callable[..., str]) -> None:
    kept = provider.create(o.service(name))
    uid = kubectl("get", "service", name, "--output=jsonpath={.metadata.uid}")
    wanted = o.service(name, ports=[{"port": 81}])
    assert provider.diff(kept, wanted).detailed == {"spec.ports[0].port": "UPDATE"}
    provider.update(kept, wanted)
    template = "--output=jsonpath={.metadata.uid} {.spec.ports[*].port}"
    assert kubectl("get", "service", name, template) == f"{uid} 81"


def test_a_field_that_is_no_longer_declared_is_removed(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    provider.configure(enableConfigMapMutable="true")
    kept = provider.create(o.config_map(name, a="1", b="2"))
    assert provider.diff(kept, o.config_map(name, a="1")).detailed == {"data.b": "DELETE"}
    provider.update(kept, o.config_map(name, a="1"))
    assert kubectl("get", "configmap", name, "--output=jsonpath={.data}") == '{"a":"1"}'


def test_delete_waits_until_the_object_is_gone(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    kept = provider.create(o.deployment(name))
    provider.delete(kept)
    assert kubectl("get", "deployment", name, "--ignore-not-found") == ""
    provider.delete(kept)
