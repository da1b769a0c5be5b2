"""Helm: one chart, whose template ranges over the pools of its values."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.peers.contest import Command, Objects
from benchmarks.peers.programs import built
from benchmarks.peers.shapes import Node, Shape, Value, shapes
from documents.writer import to_yaml

MODULE, VERSION = "helm.sh/helm/v3/cmd/helm", "v3.22.0"
_MARK = re.compile("MARK-([a-z0-9]+)-MARK")
_WORD = re.compile(r"[a-z][a-z0-9-]*\Z")


def helm(objects: Objects, folder: Path) -> Command:
    """Write the chart and return the command that renders it."""
    program = built(MODULE, VERSION)
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    found = shapes(objects.pools.values())
    about = "apiVersion: v2\nname: pools\nversion: 1.0.0\n"
    (chart / "Chart.yaml").write_text(about, encoding="utf-8")
    values = {shape.name: [dict(pool) for pool in shape.pools] for shape in found}
    (chart / "values.yaml").write_text(to_yaml(values), encoding="utf-8")
    template = _plain(objects.stack) + "".join(map(_ranged, found))
    (chart / "templates" / "pools.yaml").write_text(template, encoding="utf-8")
    return Command(argv=[str(program), "template", "pools", str(chart)], folder=folder)


def _ranged(shape: Shape) -> str:
    words = {name for name in shape.pools[0] if all(_is_word(pool[name]) for pool in shape.pools)}
    text = _MARK.sub(lambda found: _insert(found[1], words), _plain(map(_marked, shape.template)))
    return f"{{{{- range .Values.{shape.name} }}}}\n{text}{{{{- end }}}}\n"


def _insert(name: str, words: set[str]) -> str:
    return f"{{{{ .{name} }}}}" if name in words else f"{{{{ .{name} | toJson }}}}"


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(_WORD.match(value))


def _plain(manifests: Iterable[Any]) -> str:
    text = "".join(f"---\n{to_yaml(one)}" for one in manifests)
    return text.replace("{{", '{{ "{{" }}')


def _marked(node: Node) -> Node:
    if isinstance(node, Value):
        return f"MARK-{node.name}-MARK"
    if isinstance(node, dict):
        return {key: _marked(one) for key, one in node.items()}
    if isinstance(node, list):
        return [_marked(one) for one in node]
    return node
