"""What a delete leaves behind, as the stand-in plugin does it with a real API server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.contract import objects as o
from tests.e2e.contract.client import Plugin

pytestmark = pytest.mark.e2e


def test_delete_leaves_dependents_when_asked_to(
    provider: Plugin, name: str, kubectl: Callable[..., str]
) -> None:
    kept = provider.create(o.annotated(o.deployment(name), deletionPropagationPolicy="orphan"))
    provider.delete(kept)
    assert kubectl("get", "deployment", name, "--ignore-not-found") == ""
    assert name in kubectl("get", "replicasets", "--output=name")
    kubectl("delete", "replicaset", "--selector=app=it")
