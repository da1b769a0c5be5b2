"""What the pools of a stack have in common: a template for each shape of pool, and its values.

A chart or a program for many pools says once what is the same, and takes the rest from a list.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Value:
    """Stands in a template where pools differ."""

    name: str


Node = str | int | float | bool | None | Value | list["Node"] | dict[str, "Node"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Pools whose objects differ in values alone: their template, and the values of each pool."""

    name: str
    template: tuple[dict[str, Node], ...]
    pools: tuple[Mapping[str, Any], ...]


def shapes(pools: Iterable[Sequence[Manifest]]) -> tuple[Shape, ...]:
    """Return the shapes of pools, each given as its objects, in the order of their first pools."""
    groups: dict[str, list[list[Any]]] = {}
    for objects in pools:
        leaves: list[Any] = []
        skeleton = json.dumps(_skeleton([dict(one) for one in objects], leaves))
        groups.setdefault(skeleton, []).append(leaves)
    return tuple(
        _shape(f"shape{number}", skeleton, rows)
        for number, (skeleton, rows) in enumerate(groups.items())
    )


def _skeleton(node: Node, leaves: list[Any]) -> Node:
    if isinstance(node, dict):
        return {key: _skeleton(one, leaves) for key, one in node.items()}
    if isinstance(node, list):
        return [_skeleton(one, leaves) for one in node]
    leaves.append(node)
    return None


def _shape(name: str, skeleton: str, rows: list[list[Any]]) -> Shape:
    names: dict[str, str] = {}
    template: list[Node] = []
    pools: list[dict[str, Any]] = [{} for _ in rows]
    for column in zip(*rows, strict=True):
        # Written out, since 1 and true are equal.
        words = [json.dumps(value) for value in column]
        if len(set(words)) == 1:
            template.append(column[0])
            continue
        value = Value(name=names.setdefault("\n".join(words), f"value{len(names)}"))
        template.append(value)
        for pool, one in zip(pools, column, strict=True):
            pool[value.name] = one
    filled = _filled(json.loads(skeleton), iter(template))
    objects = cast("list[dict[str, Node]]", filled)
    return Shape(name=name, template=tuple(objects), pools=tuple(pools))


def _filled(node: Node, leaves: Iterator[Node]) -> Node:
    if isinstance(node, dict):
        return {key: _filled(one, leaves) for key, one in node.items()}
    if isinstance(node, list):
        return [_filled(one, leaves) for one in node]
    return next(leaves)
