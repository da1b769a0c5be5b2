"""Holds every object against the schema of the oldest and the newest Kubernetes we support."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from gitops.planning.rendering import Rendering

# ImageVolumeSource and the sleep action are known from 1.31 on.
VERSIONS = ("1.33", "1.37")
# Groups of Kubernetes itself have no dot before this ending, but for the one of RBAC.
_OWN_ENDING = ".k8s.io"
_RBAC = "rbac.authorization"


def schema_findings(rendering: Rendering) -> Iterator[str]:
    """Yield what the Kubernetes API would refuse, with stack, object, field and cause."""
    checker: Any = import_module("kubernetes_validate")
    for part in rendering.parts:
        if part.object is None or not part.token.startswith("kubernetes:"):
            continue
        if _is_custom(part.object["apiVersion"]):
            continue
        for version in VERSIONS:
            try:
                checker.validate(part.object, version, strict=True)
            except checker.ValidationError as error:
                place = ".".join(str(step) for step in error.path)
                name = f"{part.object['kind']} {part.object['metadata']['name']}"
                yield f"{rendering.stack}: {name}: {place}: {error.message}; Kubernetes {version}"


def _is_custom(version: str) -> bool:
    group = version.split("/")[0].removesuffix(_OWN_ENDING)
    return "." in group and group != _RBAC
