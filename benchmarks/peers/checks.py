"""`check` of a large catalog beside kustomize with kubeconform, and beside checkov.

All judge the same objects. kubeconform holds them against the schemas that `check` uses, for the
same two versions of Kubernetes; checkov has rules of its own, as `check` has.
"""

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from benchmarks.checkouts import STACK, large_checkout
from benchmarks.peers.contest import (
    Command,
    Contender,
    MissingPeerError,
    Objects,
    grouped,
    in_turn,
    ratio,
)
from benchmarks.peers.programs import built, installed
from benchmarks.peers.renderers import kustomize
from benchmarks.peers.run import objects_in, peak
from benchmarks.process import say
from gitops.validation.schemas.schemas import VERSIONS

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


ROOT = Path(__file__).parents[2]
MODELS, MODELS_A_POOL, RUNS = 1000, 10, 5
LONGEST = 5
KUBECONFORM = ("github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0")
CHECKOV = "checkov==3.3.30"
OURS = "check"


def main(runs: int = RUNS) -> None:
    """Measure and print."""
    with TemporaryDirectory() as place:
        contenders = _contenders(Path(place))
        in_turn(contenders, runs)
    say(f"check of {MODELS} models: {contenders[OURS].seconds:.2f} s, wanted {LONGEST} s at most")
    for name, one in contenders.items():
        if name != OURS:
            say(f"check / {name}: {ratio(contenders[OURS], one)}")


def _contenders(place: Path) -> dict[str, Contender]:
    checkout, stream = place / "checkout", place / "objects.yaml"
    large_checkout(ROOT, checkout, _catalog(place / "models"))
    for path in (checkout / "models").glob("*.yaml"):
        path.unlink()
    for path in (place / "models").iterdir():
        path.rename(checkout / "models" / path.name)
    tool = [sys.executable, "-m", "gitops"]
    peak(Command(argv=[*tool, "render", STACK, "--stream"], folder=checkout), stream)
    objects = objects_in(stream)
    say(f"{MODELS} models, {len(objects)} objects")
    ours = Command(argv=[*tool, "check", STACK], folder=checkout)
    contenders = {OURS: Contender(command=ours, mebibytes=peak(ours, place / "said"))}
    for name, make in PEERS.items():
        folder = place / name.replace(" ", "-")
        folder.mkdir()
        try:
            command = make(grouped(objects, STACK), folder, stream)
        except MissingPeerError as error:
            say(f"  SKIP {name}: {error}")
            continue
        contenders[name] = Contender(command=command, mebibytes=peak(command, place / "said"))
    return contenders


def _kubeconform(objects: Objects, folder: Path, stream: Path) -> Command:
    """Return a script: build the objects of files, then check them for each version."""
    del stream
    program = str(built(*KUBECONFORM))
    build = kustomize(objects, folder)
    schemas = folder / "schemas"
    lines = [f"{shlex.join(build.argv)} > {folder}/built"]
    for version in VERSIONS:
        write_schemas(schemas, version)
        options = ["-strict", "-kubernetes-version", f"{version}.0"]
        place = ["-schema-location", f"{schemas}/{PATTERN}", f"{folder}/built"]
        lines.append(shlex.join([program, *options, *place]))
    return Command(argv=["sh", "-ec", "\n".join(lines)], folder=folder)


def _checkov(objects: Objects, folder: Path, stream: Path) -> Command:
    del objects
    place = installed("checkov", [CHECKOV])
    options = [
        "--framework",
        "kubernetes",
        "--skip-download",
        "--soft-fail",
        "--quiet",
        "--compact",
    ]
    return Command(
        argv=[sys.executable, str(place / "bin" / "checkov"), "--file", str(stream), *options],
        folder=folder,
        environment={"PYTHONPATH": str(place), "HOME": str(folder), "PATH": os.environ["PATH"]},
    )


PEERS: Mapping[str, Callable[[Objects, Path, Path], Command]] = {
    "kustomize, kubeconform": _kubeconform,
    "checkov": _checkov,
}


def _catalog(folder: Path) -> str:
    """Write many models that are like one that we have, and return a stack that serves them all."""
    folder.mkdir()
    text = (ROOT / "models" / "qwen3-0.6b.yaml").read_text(encoding="utf-8")
    names = [f"model-{number:04d}" for number in range(MODELS)]
    for name in names:
        digest = sha256(name.encode()).hexdigest()
        mine = re.sub(r"(?m)^name: .*", f"name: {name}", text)
        mine = re.sub(r"sha256: .*", f'sha256: "{digest}"', mine)
        mine = re.sub(r"Qwen3-0\.6B\.Q4_K_M\.gguf", f"{name}.gguf", mine)
        (folder / f"{name}.yaml").write_text(mine, encoding="utf-8")
    head = (
        f"config:\n  localai:namespace: {STACK}\n  localai:cluster: {STACK}\n"
        "  localai:server: {version: v4.9.0}\n  localai:pools:\n"
    )
    pools = (names[one : one + MODELS_A_POOL] for one in range(0, MODELS, MODELS_A_POOL))
    return head + "".join(
        f"    pool-{number:04d}: {{models: [{', '.join(served)}], active: 1, "
        "storage: {size: 100Gi}}\n"
        for number, served in enumerate(pools)
    )
