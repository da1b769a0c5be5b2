"""Writes and reads a definition as YAML, where what repeats stands once and is referred to."""

import json
from collections.abc import Mapping
from typing import Any, cast

import yaml

from gitops.validation.custom_resources.sources import Source

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
