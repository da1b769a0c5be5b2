"""The schemas that `check` uses, in the form that kubeconform reads: a file a kind, whole."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from benchmarks.peers.contest import MissingPeerError

PATTERN = "{{.NormalizedKubernetesVersion}}/{{.ResourceKind}}{{.KindSuffix}}.json"


def write_schemas(folder: Path, version: str) -> None:
    """Write the schemas of all kinds of objects of a minor version of Kubernetes."""
    source = _folder() / f"v{version}.0-local-strict"
    definitions = json.loads((source / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    target = folder / f"v{version}.0"
    target.mkdir(parents=True)
    for path in source.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        if "x-kubernetes-group-version-kind" in schema:
            (target / path.name).write_text(json.dumps(_whole(schema, definitions)))


def _folder() -> Path:
    package = find_spec("kubernetes_validate")
    if not package or not package.submodule_search_locations:
        raise MissingPeerError("kubernetes-validate is not installed")
    return Path(package.submodule_search_locations[0]) / "kubernetes-json-schema"


def _whole(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with all the definitions it leads to, and nothing outside of it."""
    found: dict[str, Any] = {}
    whole = cast("dict[str, Any]", _inside(schema, definitions, found))
    return {**{key: one for key, one in whole.items() if key != "$id"}, "$defs": found}


def _inside(node: Any, definitions: Mapping[str, Any], found: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inside(one, definitions, found) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    fields = cast("dict[str, Any]", node)
    made = {key: _inside(one, definitions, found) for key, one in fields.items()}
    if isinstance(fields.get("$ref"), str):
        name = fields["$ref"].rpartition("/")[2]
        made["$ref"] = f"#/$defs/{name}"
        if name not in found:
            found[name] = {}
            found[name] = _inside(definitions[name], definitions, found)
    return made
