"""Waiting for what was written, as the stand-in plugin does it with a real API server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.plugins.properties import Properties
from tests.e2e.contract import objects as o
from tests.e2e.contract.client import CallError, Plugin

pytestmark = pytest.mark.e2e

GPUS = {"nvidia.com/gpu": "99"}


@pytest.mark.parametrize("thing", [o.deployment, o.stateful_set, o.job])
def test_create_returns_once_the_workload_is_ready(
    provider: Plugin, name: str, thing: Callable[[str], Properties]
) -> None:
    status = provider.create(thing(name)).state["status"]
    assert status.get("availableReplicas") == 1 or status.get("succeeded") == 1


def test_a_claim_is_awaited_until_it_is_bound(provider: Plugin, name: str) -> None:
    provider.create(o.storage_class(name, "Immediate"))
    assert provider.create(o.claim(name, name)).state["status"]["phase"] == "Bound"


def test_a_claim_that_waits_for_its_first_consumer_is_ready(provider: Plugin, name: str) -> None:
    assert provider.create(o.claim(name, "standard")).state["status"]["phase"] == "Pending"


def test_a_time_out_names_the_reason_of_the_pod(provider: Plugin, name: str) -> None:
    with pytest.raises(CallError, match=r"Insufficient nvidia.com/gpu") as caught:
        provider.create(o.deployment(name, limits=GPUS), timeout=3)
    assert caught.value.detail
    assert caught.value.detail.id == f"{o.NAMESPACE}/{name}"
    assert "metadata" in caught.value.detail.properties.fields


def test_skip_await_does_not_wait(provider: Plugin, name: str) -> None:
    stuck = o.deployment(name, limits=GPUS)
    assert provider.create(o.annotated(stuck, skipAwait="true")).identity


def test_the_annotation_sets_the_time_out(provider: Plugin, name: str) -> None:
    stuck = o.annotated(o.deployment(name, limits=GPUS), timeoutSeconds="1")
    with pytest.raises(CallError, match="timed out after 1 s"):
        provider.create(stuck, timeout=0)


def test_wait_for_awaits_any_field(provider: Plugin, name: str) -> None:
    wanted = '["jsonpath={.status.phase}=Running", "condition=Ready"]'
    pod = o.manifest("v1", "Pod", name, spec=o.template()["spec"])
    assert provider.create(o.annotated(pod, waitFor=wanted)).state["status"]["phase"] == "Running"
    never = o.annotated(o.config_map(f"{name}-never"), waitFor="jsonpath={.status.done}=true")
    with pytest.raises(CallError, match=r"waiting for jsonpath=\{.status.done\}=true"):
        provider.create(never, timeout=1)
