"""Refresh and import, as the stand-in plugin does it with a real API server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.contract import objects as o
from tests.e2e.contract.client import CallError, Kept, Plugin

pytestmark = pytest.mark.e2e

GPUS = {"nvidia.com/gpu": "99"}


def test_refresh_sees_drift(provider: Plugin, name: str, kubectl: Callable[..., str]) -> None:
    declared = o.config_map(name, a="1")
    kept = provider.create(declared)
    kubectl("patch", "configmap", name, "--patch", '{"data": {"a": "2", "extra": "x"}}')
    seen = provider.read(kept)
    assert seen
    assert seen.inputs["data"] == {"a": "2"}
    assert provider.diff(seen, declared).detailed == {"data.a": "UPDATE_REPLACE"}


def test_refresh_of_an_unchanged_object_sees_none(provider: Plugin, name: str) -> None:
    declared = o.deployment(name, limits={"cpu": "0.5"})
    seen = provider.read(provider.create(declared))
    assert seen
    assert provider.diff(seen, declared).changes == "DIFF_NONE"


def test_a_missing_object_is_read_as_missing(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    kept = provider.create(o.config_map(name))
    kubectl("delete", "configmap", name)
    assert provider.read(kept) is None


def test_an_import_reads_every_declarable_field(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    kubectl("create", "configmap", name, "--from-literal=a=1")
    kept = provider.create(o.config_map("x"), preview=True)
    seen = provider.read(
        type(kept)(identity=f"{o.NAMESPACE}/{name}", urn=kept.urn, inputs={}, state={})
    )
    assert seen
    assert seen.inputs == o.config_map(name, a="1")


def test_a_refresh_of_an_unready_workload_keeps_the_reason(provider: Plugin, name: str) -> None:
    stuck = o.deployment(name, limits=GPUS)
    with pytest.raises(CallError, match="timed out") as created:
        provider.create(stuck, timeout=1)
    assert created.value.detail
    kept = created.value.detail
    with pytest.raises(CallError, match=f"{name} is not ready: 0 of 1 pods") as read:
        provider.read(Kept.of(kept, stuck))
    assert read.value.detail
    assert read.value.detail.inputs.fields["spec"]
