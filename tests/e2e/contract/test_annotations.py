"""Field managers and annotations, as the stand-in plugin handles them with a real API server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.plugins.checkpoint import FIELD_MANAGER
from tests.e2e.contract import objects as o
from tests.e2e.contract.client import CallError, Plugin

pytestmark = pytest.mark.e2e


def test_delete_leaves_dependents_when_asked_to(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    kept = provider.create(o.annotated(o.deployment(name), deletionPropagationPolicy="orphan"))
    provider.delete(kept)
    assert kubectl("get", "deployment", name, "--ignore-not-found") == ""
    assert name in kubectl("get", "replicasets", "--output=name")
    kubectl("delete", "replicaset", "--selector=app=it")


def test_a_field_of_another_manager_is_a_conflict_unless_forced(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    kept = provider.create(o.service(name, sessionAffinity="None"))
    kubectl("patch", "service", name, "--patch", '{"spec": {"sessionAffinity": "ClientIP"}}')
    with pytest.raises(CallError, match=r'conflict with "kubectl-patch".*sessionAffinity'):
        provider.update(kept, o.annotated(o.service(name, sessionAffinity="None"), note="x"))
    forced = o.annotated(o.service(name, sessionAffinity="None"), patchForce="true")
    assert provider.update(kept, forced).state["spec"]["sessionAffinity"] == "None"


def test_each_resource_has_its_own_field_manager_and_keeps_it(provider: Plugin, name: str) -> None:
    kept = provider.create(o.config_map(name, a="1"))
    assert kept.state[FIELD_MANAGER].startswith("pulumi-kubernetes-")
    updated = provider.update(kept, o.annotated(o.config_map(name, a="1"), note="x"))
    assert updated.state[FIELD_MANAGER] == kept.state[FIELD_MANAGER]


def test_the_annotation_names_the_field_manager(provider: Plugin, name: str) -> None:
    kept = provider.create(o.annotated(o.config_map(name), patchFieldManager="mine"))
    assert kept.state[FIELD_MANAGER] == "mine"
