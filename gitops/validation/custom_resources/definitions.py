"""A definition as we keep it: what an API server and a check need, written as YAML."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import yaml

from gitops.validation.custom_resources.sources import Source

_PROSE = {"description", "example", "externalDocs", "title"}
# Their content is data or names of fields, not schemas.
_VALUES = {"default", "enum"}
_MADE_BY = "controller-gen.kubebuilder.io/version"
_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")


def stripped(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition without prose, old versions, conversion and status.

    The API server asks for the stored version; the newest that is served stays beside it.
    """
    spec: Mapping[str, Any] = definition["spec"]
    served = [one["name"] for one in spec["versions"] if one["served"]]
    newest = max(served, key=_age)
    kept = [one for one in spec["versions"] if one["storage"] or one["name"] == newest]
    versions = [without_prose(one) for one in kept]
    names = {key: spec[key] for key in ("group", "names", "scope")}
    return {
        "apiVersion": definition["apiVersion"],
        "kind": definition["kind"],
        "metadata": _metadata(definition["metadata"]),
        "spec": {**names, "versions": versions},
    }


def without_prose(node: Any) -> Any:
    """Return a schema, or a list of schemas, without what only people read."""
    if isinstance(node, list):
        items = cast("list[Any]", node)
        return [without_prose(one) for one in items]
    if not isinstance(node, dict):
        return node
    fields = cast("dict[str, Any]", node)
    return {key: _kept(key, value) for key, value in fields.items() if key not in _PROSE}


def _kept(key: str, value: Any) -> Any:
    if key in _VALUES:
        return value
    if key == "properties":
        # A property may itself be called `description`.
        return {name: without_prose(one) for name, one in value.items()}
    return without_prose(value)


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    annotations = {
        key: value for key, value in metadata.get("annotations", {}).items() if key != _MADE_BY
    }
    return {"name": metadata["name"], **({"annotations": annotations} if annotations else {})}


def _age(version: str) -> tuple[bool, str, int, int]:
    """Return what orders versions as the API server does: v1beta1 < v1 < v2."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is not a version of a Kubernetes API")
    major, level, minor = found.groups()
    return level is None, level or "", int(major), int(minor or 0)


# Below this many characters a reference is longer to read than what it stands for.
_WORTH_A_REFERENCE = 200


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return not isinstance(data, dict)


def text(source: Source, definition: Mapping[str, Any]) -> str:
    """Return a definition's file, with where it is from in its first lines."""
    head = (
        f"# {source.module.folder}/{source.file} of {source.origin}, stripped.\n"
        "# Made by `python -m gitops.validation.custom_resources`; do not edit.\n"
    )
    shared = _shared(definition, {})
    return head + yaml.dump(shared, Dumper=_Dumper, default_flow_style=None, width=100)


def parsed(content: str) -> Any:
    """Return what a definition's file says; parts that repeat are the same object."""
    return yaml.load(content, Loader=yaml.CSafeLoader)


def _shared(node: Any, seen: dict[str, Any]) -> Any:
    if isinstance(node, list):
        items = cast("list[Any]", node)
        return [_shared(one, seen) for one in items]
    if not isinstance(node, dict):
        return node
    fields = cast("dict[str, Any]", node)
    made = {key: _shared(value, seen) for key, value in fields.items()}
    key = json.dumps(made, sort_keys=True)
    return seen.setdefault(key, made) if len(key) >= _WORTH_A_REFERENCE else made
