"""What runs before a server, and in Jobs, ends well as the user it runs as, in folders as the
kubelet makes them: every command of every stack that needs no image of LocalAI is really run."""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Generator, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.parts.kinds import Pods, pods_of
from components.parts.part import Manifest
from components.pool.containers import USER
from fetch.weight_set import set_digest
from gitops.validation.rules.pods import pod_spec
from settings.stack.server import EngineSource
from stack import stack_parts
from tests import everything
from tests.components.node import Node
from tests.fetch.weight_server import WeightServer, serving
from tests.samples import ENGINE_SOURCES, committed, manifests
from tests.support.project import STACKS

CASES = [
    *((name, source) for name in STACKS for source in ENGINE_SOURCES),
    *((name, None) for name in everything.STACKS),
]
SCRIPT = ["python", "-E", "-s", "-m", "fetch"]
RUN = (["cp"], [*SCRIPT, "fetch"], [*SCRIPT, "check"], [*SCRIPT, "copy"])
# The first needs LocalAI's own image, the next two a server to ask (tests/proof, tests/predict),
# the others databases and an object store (tests/e2e/registry, tests/e2e/anythingllm).
NOT_RUN = (
    ["/local-ai", "backends", "install"],
    [*SCRIPT[:-1], "proof"],
    [*SCRIPT[:-1], "predict"],
    *(["python", f"/etc/mlflow/{name}.py"] for name in ("prepare", "clean_up")),
    *(["sh", f"/etc/mlflow/{name}.sh"] for name in ("dump", "copy", "fetch", "load")),
    *(["python", "/etc/anythingllm/keep.py", verb] for verb in ("guard", "take", "prove", "put")),
    *(["python", f"/etc/anythingllm/{name}.py"] for name in ("embed", "users")),
    *(["sh", f"/etc/anythingllm/{name}.sh"] for name in ("push", "fetch")),
)
# The way to the weight server of the test, whatever a stack says of proxies.
TO_LOOPBACK = ["--allow-http", "--network", "127.0.0.0/8", "--direct", "127.0.0.1"]
MAGIC = {".gguf": b"GGUF", ".bin": b"lmgg"}
ENGINE = {
    "run.sh": "#!/bin/sh\n",
    "lib/libengine.so.1": "library",
    "lib/libengine.so": "-> libengine.so.1",
    "libraries": "-> lib",
}


@cache
def objects(name: str, source: EngineSource | None) -> list[Manifest]:
    """Return the objects of a committed stack, or of a sample where no source is given."""
    known = committed(name, source) if source else everything.sample(name)
    return manifests(stack_parts(*known))


def pods(found: list[Manifest]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name and the pod of every object that has one, Jobs first."""
    for manifest in sorted(found, key=lambda one: one["kind"] != "Job"):
        if pods_of(manifest["kind"]):
            yield f"{manifest['kind']}-{manifest['metadata']['name']}", pod_spec(manifest)


def ending(name: str, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a pod that have to end well."""
    once = pods_of(name.partition("-")[0]) is Pods.ONCE
    return [*spec.get("initContainers", []), *(spec["containers"] if once else [])]


def is_one_of(command: list[str], known: tuple[list[str], ...]) -> bool:
    return any(command[: len(words)] == words for words in known)


@pytest.mark.parametrize(("name", "source"), CASES)
def test_every_command_is_known(name: str, source: EngineSource | None):
    found = [one for pod in pods(objects(name, source)) for one in ending(*pod)]

    assert found
    assert not [one for one in found if not is_one_of(one.get("command", []), (*RUN, *NOT_RUN))]


def test_every_known_command_is_declared():
    found = [one for case in CASES for pod in pods(objects(*case)) for one in ending(*pod)]

    assert not [
        words
        for words in (*RUN, *NOT_RUN)
        if not any(is_one_of(one["command"], (words,)) for one in found)
    ]


def content(name: str) -> bytes:
    """Return a small file of the type that its name says."""
    if name.endswith(".safetensors"):
        return (2).to_bytes(8, "little") + b"{}"
    return MAGIC[Path(name).suffix] + name.encode()


def small(text: str, server: WeightServer) -> str:
    """Return a set whose files are small and on the test's server."""
    known = json.loads(text)
    for file in known["files"]:
        name = Path(file["path"]).name
        body = content(name)
        server.files[f"/{name}"] = body
        sha256 = hashlib.sha256(body).hexdigest()
        size = None if file["size"] is None else len(body)
        file |= {"path": f"weights/{sha256}/{name}", "url": server.url(f"/{name}")}
        file |= {"sha256": sha256, "size": size, "about": len(body)}
    return json.dumps(known | {"digest": set_digest([file["path"] for file in known["files"]])})


def digests(found: list[Manifest], known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the digests of the small sets, by those of the sets that they stand for."""
    return {
        json.loads(text)["digest"]: json.loads(known[one["metadata"]["name"]][key])["digest"]
        for one in found
        if one["kind"] == "ConfigMap" and "-set-" in one["metadata"]["name"]
        for key, text in one["data"].items()
    }


def maps(found: list[Manifest], server: WeightServer) -> dict[str, dict[str, str]]:
    """Return the ConfigMaps of a stack, their sets made small."""
    return {
        one["metadata"]["name"]: {
            key: small(text, server) if one["metadata"]["name"].find("-set-") > 0 else text
            for key, text in one["data"].items()
        }
        for one in found
        if one["kind"] == "ConfigMap"
    }


def images(spec: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return what the images of a pod's volumes hold: engines, or the weights that it checks."""
    names = [one["name"] for one in spec["volumes"] if "image" in one]
    words = [word for one in spec.get("initContainers", []) for word in one["command"]]
    return {
        name: ENGINE
        if name.startswith("engine-")
        else {word.rsplit("/", 1)[1]: "weights" for word in words if f"/{name}/" in word}
        for name in names
    }


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that another user may reach, unlike pytest's own."""
    if os.geteuid():
        pytest.skip("only root can run a command as the user of the pods, in folders of root's")
    with tempfile.TemporaryDirectory() as made:
        path = Path(made)
        path.chmod(0o755)
        yield path


def files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, those that are hidden left out."""
    found = (path for path in folder.rglob("*") if path.is_file() and "/." not in str(path))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def is_an_engine(folder: Path) -> bool:
    """Say whether a copy can run: its program is executable, its links are links."""
    program = (folder / "run.sh").stat()
    return bool(program.st_mode & stat.S_IXUSR) and program.st_uid == USER and {
        path: str((folder / path).readlink())
        for path in ("lib/libengine.so", "libraries")
    } == {"lib/libengine.so": "libengine.so.1", "libraries": "lib"}  # fmt: skip


def has_done_its_work(node: Node, pod: str, spec: Mapping[str, Any], command: list[str]) -> bool:
    """Say whether what a container had to make is there."""
    if command[0] == "cp":
        copies = node.volume(pod, "engines", spec)
        names = [one["name"] for one in spec["volumes"] if "image" in one]
        engines = [name.removeprefix("engine-") for name in names if name.startswith("engine-")]
        return bool(engines) and all(is_an_engine(copies / engine) for engine in engines)
    if command[5] == "check":
        return True
    whole = files(node.volume(pod, "storage", spec) / "models")
    if command[5] == "copy":
        copied = files(node.volume(pod, "cache", spec) / "models")
        return bool(copied) and copied.items() <= whole.items()
    return bool(whole) and all(
        body == content(path.rsplit("/", 1)[1]) for path, body in whole.items()
    )


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "source"), CASES)
def test_every_command_does_its_work_as_the_user_of_its_pod(
    name: str, source: EngineSource | None, folder: Path
):
    found = objects(name, source)
    with serving() as server:
        known = maps(found, server)
        small_sets = digests(found, known)
        for pod, spec in pods(found):
            node = Node(root=folder, maps=known, images=images(spec))
            for one in ending(pod, spec):
                if is_one_of(one["command"], NOT_RUN):
                    continue
                way = TO_LOOPBACK if one["command"][5:6] == ["fetch"] else []
                words = [small_sets.get(word, word) for word in one["command"]]
                container = {**one, "command": [*words, *way]}
                # A container that is started again finds what it has made.
                for _ in range(2):
                    done = node.run(pod, spec, container)
                    assert (done.returncode, done.stderr) == (0, ""), (
                        pod,
                        one["name"],
                        done.stderr,
                    )
                    assert has_done_its_work(node, pod, spec, one["command"]), (pod, one["name"])
