"""A cluster that cannot be reached: previews go on with the inputs, changes stop."""

from __future__ import annotations

import json

import pytest
import yaml

from sandbox.cluster.sandbox import Sandbox
from tests.e2e.contract import objects as o
from tests.e2e.contract.client import CallError, Kept, Plugin

pytestmark = pytest.mark.e2e


@pytest.fixture
def previewed(provider: Plugin) -> Kept:
    return provider.create(o.config_map("x", a="1"), preview=True)


@pytest.fixture
def lost(provider: Plugin, previewed: Kept, sandbox: Sandbox) -> Plugin:
    assert previewed.state
    config = yaml.safe_load(sandbox.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    provider.configure(kubeconfig=json.dumps(config))
    return provider


def test_a_preview_compares_inputs_only(previewed: Kept, lost: Plugin) -> None:
    kept = lost.create(o.config_map("x", a="1"), preview=True)
    assert kept.state == kept.inputs
    found = lost.diff(previewed, o.config_map("x", a="2"))
    assert found.detailed == {"data.a": "UPDATE_REPLACE"}


def test_a_change_fails_with_the_reason(lost: Plugin) -> None:
    with pytest.raises(CallError, match=r"cluster is unreachable: .*127\.0\.0\.1:1"):
        lost.create(o.config_map("x"))


def test_a_refresh_fails_rather_than_forgetting(lost: Plugin) -> None:
    kept = lost.create(o.config_map("x"), preview=True)
    with pytest.raises(CallError, match="cluster is unreachable"):
        lost.read(Kept(identity="x/x", urn=kept.urn, inputs=kept.inputs, state={}))


def test_a_missing_kubeconfig_is_named(provider: Plugin) -> None:
    provider.configure(kubeconfig="/nowhere/kubeconfig")
    with pytest.raises(CallError, match="there is no kubeconfig at /nowhere/kubeconfig"):
        provider.create(o.config_map("x"))
