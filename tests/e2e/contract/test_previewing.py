"""Previews, as the stand-in plugin does it with a real API server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.plugins.properties import UNKNOWN
from tests.e2e.contract import objects as o
from tests.e2e.contract.client import CallError, Plugin

pytestmark = pytest.mark.e2e


def test_a_preview_asks_the_server_and_writes_nothing(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    previewed = provider.create(o.service(name), preview=True)
    assert previewed.identity == ""
    assert previewed.state["spec"]["ports"][0]["protocol"] == "TCP"
    assert kubectl("get", "service", name, "--ignore-not-found") == ""


def test_a_preview_finds_what_the_server_would_refuse(provider: Plugin, name: str) -> None:
    with pytest.raises(CallError, match="must be between 1 and 65535"):
        provider.create(o.service(name, ports=[{"port": 0}]), preview=True)


def test_a_preview_of_an_update_writes_nothing(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    kept = provider.create(o.config_map(name, a="1"))
    provider.update(kept, o.config_map(name, a="2"), preview=True)
    assert kubectl("get", "configmap", name, "--output=jsonpath={.data.a}") == "1"


@pytest.mark.parametrize("space", [o.NAMESPACE, "absent"])
def test_what_cannot_be_previewed_is_shown_as_declared(provider: Plugin, space: str) -> None:
    unknown = o.changed(o.config_map("x", a="1"), "metadata.namespace", space)
    unknown = o.changed(unknown, "data.b", UNKNOWN) if space != "absent" else unknown
    assert provider.create(unknown, preview=True).state == provider.check(unknown)
