"""Holds every object against the schema of the oldest and the newest Kubernetes we support."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from gitops.planning.rendering import Rendering

# ImageVolumeSource and the sleep action are known from 1.31 on.
VERSIONS = ("1.33", "1.37")


def schema_findings(rendering: Rendering) -> Iterator[str]:
    """Yield what the Kubernetes API would refuse, with stack, object, field and cause."""
    checker: Any = import_module("kubernetes_validate")
    for part in rendering.parts:
        if part.object is None or not part.token.startswith("kubernetes:"):
            continue
        if "." in part.object["apiVersion"].split("/")[0].removesuffix(".k8s.io"):
            continue
        for version in VERSIONS:
            try:
                checker.validate(part.object, version, strict=True)
            except checker.ValidationError as error:
                place = ".".join(str(step) for step in error.path)
                name = f"{part.object['kind']} {part.object['metadata']['name']}"
                yield f"{rendering.stack}: {name}: {place}: {error.message}; Kubernetes {version}"
