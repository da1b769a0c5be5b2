"""Holds a custom resource against its definition, and refuses what a server would drop."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from gitops.validation.custom_resources.definitions import parsed
from gitops.validation.custom_resources.sources import SOURCES, Source
from gitops.validation.pages.rules import sentences

_SAME = (
    "enum",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
_EITHER = "x-kubernetes-int-or-string"
_OPEN = "x-kubernetes-preserve-unknown-fields"
_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}
# ObjectMeta of k8s.io/apimachinery, less what only a server writes.
METADATA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "generateName": _TEXT,
        "namespace": _TEXT,
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "finalizers": {"type": "array", "items": _TEXT},
        "ownerReferences": {"type": "array", "items": {"type": "object"}},
    },
}


# The API server prunes fields that a structural schema does not name, so here they are errors.
# Rules in CEL (`x-kubernetes-validations`) and keys of lists are left to the API server.
def object_schema(structural: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of whole objects of one version, their metadata included."""
    schema = json_schema(structural)
    own = {"apiVersion": _TEXT, "kind": _TEXT, "metadata": METADATA}
    return {**schema, "properties": {**schema.get("properties", {}), **own}}


def json_schema(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return one node of a structural schema as JSON Schema, closed where a server prunes."""
    fields = node.get("properties", {})
    schema: dict[str, Any] = {**_checks(node), **_types(node), **_required(node)}
    if fields:
        schema["properties"] = {name: json_schema(one) for name, one in fields.items()}
    if "items" in node:
        schema["items"] = json_schema(node["items"])
    more = node.get("additionalProperties")
    if more and more is not True:
        schema["additionalProperties"] = json_schema(more)
    elif node.get("type") == "object" and not more and not node.get(_OPEN):
        schema["additionalProperties"] = False
    return schema


def _checks(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that mean the same in JSON Schema of draft 4."""
    checks = {key: node[key] for key in _SAME if key in node}
    if node.get("x-kubernetes-list-type") == "set":
        checks["uniqueItems"] = True
    if node.get("format") == "date-time":
        checks["format"] = "date-time"
    if "pattern" in node:
        # Go has flags in mid-pattern, JSON Schema has them for a group.
        checks["pattern"] = re.sub(r"\(\?i\)(.*)", r"(?i:\1)", node["pattern"])
    return {**checks, **_combinations(node)}


def _combinations(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the combinations; what they hold checks values and never names all fields."""
    # That a value is a number or text is said by its type already.
    keys = ("allOf", "oneOf") if node.get(_EITHER) else ("allOf", "oneOf", "anyOf")
    combined: dict[str, Any] = {
        key: [_open_schema(one) for one in node[key]] for key in keys if key in node
    }
    if "not" in node:
        combined["not"] = _open_schema(node["not"])
    return combined


def _open_schema(node: Mapping[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {**node, **_combinations(node)}
    if "properties" in node:
        named = node["properties"].items()
        schema["properties"] = {name: _open_schema(one) for name, one in named}
    if "items" in node:
        schema["items"] = _open_schema(node["items"])
    return schema


def _types(node: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [node["type"]] if "type" in node else []
    if node.get(_EITHER):
        kinds = ["integer", "string"]
    if node.get("nullable") and kinds:
        kinds = [*kinds, "null"]
    return {"type": kinds} if kinds else {}


def _required(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that must be there; a server fills in those that have a default."""
    fields = node.get("properties", {})
    names = [one for one in node.get("required", ()) if "default" not in fields.get(one, {})]
    return {"required": names} if names else {}


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
