"""Holds every object against the schemas of Kubernetes and of the custom resources we know."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from documents.problem import Problem
from gitops.planning.rendering.rendering import Rendering
from gitops.validation.custom_resources.findings import resource_findings
from gitops.validation.pages.rules import sentences
from gitops.validation.rules.stack_objects import title

# Of an API group, the schemas' file names keep what stands before the first dot.
_DOMAIN = re.compile(r"\.[^/]*/|/")


class UnknownKindError(Exception):
    """A version of Kubernetes has no such kind, or its schemas are not here."""


@cache
def validator(version: str, api_version: str, kind: str) -> Any:
    """Return the validator of a kind in a minor version of Kubernetes; unknown fields are errors.

    Raises:
        UnknownKindError: there is none.
    """
    name = f"{kind.lower()}-{_DOMAIN.sub('-', api_version)}.json"
    try:
        schema = json.loads((_folder(version) / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnknownKindError(f"Kubernetes {version} has no {kind} of {api_version}") from None
    return _library().Draft202012Validator(
        schema, registry=_registry(version), mask="the value", validate_formats=False
    )


@cache
def _registry(version: str) -> Any:
    """Return the definitions that the schemas of all kinds refer to."""
    definitions = json.loads((_folder(version) / "_definitions.json").read_text(encoding="utf-8"))
    return _library().Registry([(definitions["$id"], definitions)])


def _folder(version: str) -> Path:
    # The package itself is not loaded: all that is needed of it are its files.
    package = find_spec("kubernetes_validate")
    place = package.submodule_search_locations if package else None
    if not place:
        raise UnknownKindError("kubernetes-validate is not installed; run `make setup`")
    return Path(place[0]) / "kubernetes-json-schema" / f"v{version}.0-local-strict"


def _library() -> Any:
    return import_module("jsonschema_rs")


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
