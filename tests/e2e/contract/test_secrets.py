"""Secrets stay secret, as the stand-in plugin does it with a real API server."""

from __future__ import annotations

import pytest

from sandbox.plugins.properties import Secret, plain
from tests.e2e.contract import objects as o
from tests.e2e.contract.client import Plugin

pytestmark = pytest.mark.e2e


def test_secrets_stay_secret(provider: Plugin, name: str) -> None:
    declared = o.manifest("v1", "Secret", name, stringData={"password": Secret(value="hunter2")})
    inputs = provider.check(declared)
    kept = provider.create(declared)
    assert inputs["data"] == Secret(value={"password": "aHVudGVyMg=="})
    assert kept.state["data"] == inputs["data"]
    assert kept.state["__inputs"]["data"] == inputs["data"]
    open_parts = {
        key: value for key, value in kept.state.items() if key not in {"data", "__inputs"}
    }
    assert "aHVudGVyMg==" not in str(open_parts)
    assert provider.diff(kept, declared).changes == "DIFF_NONE"


def test_a_secret_in_another_kind_stays_secret(provider: Plugin, name: str) -> None:
    kept = provider.create(o.changed(o.config_map(name, a="1"), "data.b", Secret(value="hunter2")))
    assert kept.state["data"] == {"a": "1", "b": Secret(value="hunter2")}
    assert plain(kept.state)["data"]["b"] == "hunter2"
