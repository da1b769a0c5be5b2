"""Holds every object against the schemas of Kubernetes and of the custom resources we know."""

from collections.abc import Iterator, Mapping
from typing import Any

from documents.problem import Problem
from gitops.planning.rendering.rendering import Rendering
from gitops.validation.custom_resources.findings import resource_findings
from gitops.validation.pages.rules import sentences
from gitops.validation.rules.stack_objects import title
from gitops.validation.schemas.kubernetes import UnknownKindError, validator

# ImageVolumeSource and the sleep action are known from 1.31 on.
VERSIONS = ("1.33", "1.37")
# What older clusters do not serve is asked for on purpose, by a setting that says so.
_SINCE = {"resource.k8s.io/v1": "1.34"}
# Groups of Kubernetes itself have no dot before this ending, but for the one of RBAC.
_OWN_ENDING = ".k8s.io"
_RBAC = "rbac.authorization"


def schema_problems(rendering: Rendering) -> Iterator[Problem]:
    """Yield what the Kubernetes API would refuse or drop, each in its object."""
    for part in rendering.parts:
        if part.object is None or not part.token.startswith("kubernetes:"):
            continue
        for cause in object_findings(part.object):
            yield Problem(object=title(part.object), cause=cause)


def object_findings(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the Kubernetes API would refuse or drop of one object, with field and cause."""
    if _is_custom(manifest["apiVersion"]):
        yield from resource_findings(manifest)
    else:
        yield from _kubernetes_findings(manifest)


def _kubernetes_findings(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the oldest and the newest Kubernetes we support refuse."""
    since = _SINCE.get(manifest["apiVersion"], VERSIONS[0])
    for version in (one for one in VERSIONS if one >= since):
        try:
            known = validator(version, manifest["apiVersion"], manifest["kind"])
        except UnknownKindError as error:
            yield f"kind: {error}"
            continue
        for error in known.iter_errors(manifest):
            yield from (f"{sentence}; Kubernetes {version}" for sentence in sentences(error))


def _is_custom(version: str) -> bool:
    group = version.split("/")[0].removesuffix(_OWN_ENDING)
    return "." in group and group != _RBAC
