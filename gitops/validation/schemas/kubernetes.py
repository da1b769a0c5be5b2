"""The schemas of Kubernetes itself, as kubernetes-validate brings them, compiled once a kind."""

import json
import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
