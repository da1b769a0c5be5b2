from pathlib import Path
from typing import Any

import pytest

from sandbox.existing.client import ContextError
from sandbox.existing.prepare import declared_objects, needs
from tests.support.project import PROJECT


def pod(**container: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "here"},
        "spec": {"containers": [{"name": "a", **container}]},
    }


def reads(secret: str, **more: Any) -> dict[str, Any]:
    key = {"secretKeyRef": {"name": secret, "key": "k", **more}}
    return pod(env=[{"name": "A", "valueFrom": key}])


def claim(name: str | None) -> dict[str, Any]:
    spec = {"storageClassName": name} if name else {}
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": spec}


def test_devices_are_told_from_limits_and_processors_are_none():
    asked = {"limits": {"nvidia.com/gpu": 1, "cpu": 1}, "requests": {"example.com/x": 1}}
    assert needs([pod(resources=asked)]).devices == {"nvidia.com/gpu"}


def test_a_claim_without_a_class_needs_the_default_one():
    assert needs([claim("fast"), claim(None)]).classes == {"fast", ""}


def test_a_secret_that_is_declared_or_optional_is_not_needed():
    declared = {"kind": "Secret", "metadata": {"name": "made", "namespace": "here"}}
    objects = [reads("made"), reads("other"), reads("maybe", optional=True), declared]
    assert needs(objects).secrets == {"here/other"}


def test_objects_without_a_namespace_need_none():
    assert needs([claim(None)]).namespaces == frozenset()


def test_stacks_need_their_namespaces_and_gpus():
    found = needs(declared_objects(PROJECT))
    assert {"localai-dev", "localai-production", "argocd"} <= found.namespaces
    assert "nvidia.com/gpu" in found.devices


def test_a_folder_without_stacks_is_told_with_the_cure(tmp_path: Path):
    with pytest.raises(ContextError, match="start this in a checkout"):
        declared_objects(tmp_path)
