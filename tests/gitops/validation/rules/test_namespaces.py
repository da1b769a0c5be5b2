from typing import Any

import pytest

from tests.gitops.validation.rules.objects import found, metadata, plain


def thing(kind: str, namespace: str | None) -> dict[str, Any]:
    return plain(kind, metadata=metadata("it", namespace=namespace))


BROKEN = {
    "none": thing("Role", None),
    "an empty one": thing("Role", ""),
    "everybody's": thing("Role", "default"),
    "the cluster's own": thing("Role", "kube-system"),
}
WHOLE = {
    "its own": thing("Role", "localai-dev"),
    "Argo CD's": thing("Role", "argocd"),
    "none for a kind that has none": thing("StorageClass", None),
    "none for a namespace": thing("Namespace", None),
}


@pytest.mark.parametrize("manifest", BROKEN.values(), ids=BROKEN)
def test_an_object_without_a_namespace_of_its_own_is_found(manifest: dict[str, Any]):
    assert found(manifest) == ["namespace-set"]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_an_object_with_a_namespace_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
