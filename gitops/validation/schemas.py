"""Holds every object against the schemas of Kubernetes and of the custom resources we know."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from gitops.planning.rendering import Rendering
from gitops.validation.custom_resources.findings import resource_findings

# ImageVolumeSource and the sleep action are known from 1.31 on.
VERSIONS = ("1.33", "1.37")
# What older clusters do not serve is asked for on purpose, by a setting that says so.
_SINCE = {"resource.k8s.io/v1": "1.34"}
# Groups of Kubernetes itself have no dot before this ending, but for the one of RBAC.
_OWN_ENDING = ".k8s.io"
_RBAC = "rbac.authorization"


def schema_findings(rendering: Rendering) -> Iterator[str]:
    """Yield what the Kubernetes API would refuse or drop, with stack, object, field and cause."""
    for part in rendering.parts:
        if part.object is None or not part.token.startswith("kubernetes:"):
            continue
        name = f"{part.object['kind']} {part.object['metadata']['name']}"
        for finding in _findings(part.object):
            yield f"{rendering.stack}: {name}: {finding}"


def _findings(manifest: dict[str, Any]) -> Iterator[str]:
    if _is_custom(manifest["apiVersion"]):
        yield from resource_findings(manifest)
    else:
        yield from _kubernetes_findings(manifest)


def _kubernetes_findings(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what the oldest and the newest Kubernetes we support refuse."""
    checker: Any = import_module("kubernetes_validate")
    since = _SINCE.get(manifest["apiVersion"], VERSIONS[0])
    for version in (one for one in VERSIONS if one >= since):
        try:
            checker.validate(manifest, version, strict=True)
        except checker.ValidationError as error:
            place = ".".join(str(step) for step in error.path)
            yield f"{place}: {error.message}; Kubernetes {version}"


def _is_custom(version: str) -> bool:
    group = version.split("/")[0].removesuffix(_OWN_ENDING)
    return "." in group and group != _RBAC
