"""Holds a custom resource against the definition of its kind."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from gitops.validation.custom_resources.sources import SOURCES, Source
from gitops.validation.custom_resources.structural import object_schema
from gitops.validation.custom_resources.text import parsed
from gitops.validation.pages.rules import sentences


def resource_findings(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield `field: cause; release` for what the API server would refuse or drop.

    Values are never repeated. Nothing is said of kinds whose definition is not here.
    """
    group, _, version = manifest["apiVersion"].partition("/")
    source = _sources().get((group, manifest["kind"]))
    if not source:
        return
    validator = validators(source).get(version)
    if not validator:
        known = ", ".join(sorted(validators(source)))
        yield f"apiVersion: {version} is not held here, write one of {known}; {source.origin}"
        return
    for error in validator.iter_errors(manifest):
        yield from (f"{finding}; {source.origin}" for finding in sentences(error))


@cache
def validators(source: Source) -> dict[str, Any]:
    """Return a validator for each version of a kind; the file is read at the first call."""
    library: Any = import_module("jsonschema_rs")
    definition = parsed(source.path.read_text(encoding="utf-8"))
    return {
        version["name"]: library.Draft4Validator(
            object_schema(version["schema"]["openAPIV3Schema"]),
            mask="the value",
            validate_formats=True,
        )
        for version in definition["spec"]["versions"]
        if version["served"]
    }


@cache
def _sources() -> dict[tuple[str, str], Source]:
    return {(source.group, source.kind): source for source in SOURCES}
