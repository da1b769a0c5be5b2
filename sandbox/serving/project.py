"""A team's project, so changed that a sandbox can serve one of its pools for real."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from models.catalog import read_catalog
from models.definition import Definition, Kind
from sandbox.cluster.keys import REAL_NODE
from sandbox.cluster.netns import NODE, NODE_PREFIX
from sandbox.engine import PROGRAM
from sandbox.errors import SandboxError
from sandbox.serving.local_volumes import LOCAL_CLASS
from sandbox.serving.tiny_model import Tiny, write_tiny

CHECKOUT = Path(__file__).resolve().parents[2]
AUTHORITIES = "authorities"
ENGINE = "llama-cpp"
NETWORK = {"sources": [f"{NODE.rsplit('.', 1)[0]}.0/{NODE_PREFIX}"]}
"""Where the source of tiny models answers."""

# What leads out of a sandbox, or into a state and Secrets that it has not.
_OUTSIDE = (
    "delivery", "apiKey", "hubToken", "hub", "registry", "proxy", "digests", "claims",
)  # fmt: skip


class ServingError(SandboxError):
    """Nothing of a stack can be served on a sandbox."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """What a sandbox serves of a stack: a pool, its models, the namespace and the version."""

    pool: str
    models: tuple[str, ...]
    namespace: str
    version: str


def definition(name: str, weights: Path, url: str) -> dict[str, Any]:
    """Return the catalog's definition of a tiny model."""
    return {
        "name": name,
        "kind": "chat",
        "description": "A tiny model with programmed answers.",
        "license": "Apache-2.0",
        "backend": ENGINE,
        "minimum_server": "v4.8.0",
        "weights": {
            "url": url,
            "file": weights.name,
            "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
            "size": weights.stat().st_size,
        },
        "context_size": 2048,
        "slots": 2,
        "template": {"use_tokenizer_template": True},
        "architecture": {"layers": 2, "kv_heads": 2, "head_dim": 32},
    }


def chosen(config: Mapping[str, Any], catalog: Mapping[str, Definition], stack: str) -> Served:
    """Return what to serve: the first pool with chat models that llama.cpp runs in one pod."""
    for name, pool in config["localai:pools"].items():
        known = [catalog[model] for model in pool["models"] if model in catalog]
        chat = [one.name for one in known if one.kind is Kind.CHAT and one.backend == ENGINE]
        if chat and "distributed" not in pool:
            return Served(
                pool=name,
                models=tuple(chat),
                namespace=config["localai:namespace"],
                version=config["localai:server"]["version"],
            )
    raise ServingError(
        f"No pool of the stack {stack!r} has a chat model of the engine {ENGINE} in one pod",
        "Add one to a pool, or bring up a cluster alone with `sandbox up --real-node`",
    )


def sandboxed(config: Mapping[str, Any], served: Served) -> dict[str, Any]:
    """Return a stack's configuration with one pool made small enough for this machine."""
    kept = {
        key: value for key, value in config.items() if key.removeprefix("localai:") not in _OUTSIDE
    }
    pool = config["localai:pools"][served.pool]
    aliases = pool.get("aliases", {})
    small = {
        "models": list(served.models),
        "aliases": {alias: name for alias, name in aliases.items() if name in served.models},
        "cpu": 1,
        "nodeSelector": {"kubernetes.io/hostname": REAL_NODE},
        "storage": {"size": "1Gi", "class": LOCAL_CLASS},
    }
    return kept | {
        "localai:cluster": "sandbox",
        "localai:server": {"version": served.version, "longestAnswer": 5},
        "localai:network": NETWORK,
        "localai:trust": {"configMap": AUTHORITIES},
        "localai:pools": {**config["localai:pools"], served.pool: small},
    }


def read_stack(project: Path, stack: str) -> dict[str, Any]:
    """Return the configuration of a stack; raises ServingError when there is no such file."""
    path = project / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        raise ServingError(f"There is no {path.name} in {project}", "Name a stack that is there")
    return yaml.safe_load(path.read_text("utf-8"))["config"]


def write_project(project: Path, stack: str, folder: Path, files: Path, address: str) -> Served:
    """Write the program with a changed stack and tiny models; return what serves.

    Only stack and models are the project's, which may have no code. `address` is where `files` is
    served.
    """
    config = read_stack(project, stack)
    served = chosen(config, read_catalog(project).definitions, stack)
    folder.mkdir(parents=True)
    for name in PROGRAM:
        copy = shutil.copytree if (CHECKOUT / name).is_dir() else shutil.copy
        copy(CHECKOUT / name, folder / name)
    for path in (folder / "models").glob("*.yaml"):
        path.unlink()
    for path in (project / "models").glob("*.yaml"):
        shutil.copy(path, folder / "models" / path.name)
    files.mkdir()
    for name in served.models:
        weights = write_tiny(files / f"{name}.gguf", Tiny(name=name))
        found = definition(name, weights, f"{address}/{weights.name}")
        (folder / "models" / f"{name}.yaml").write_text(yaml.safe_dump(found))
    changed = {"config": sandboxed(config, served)}
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
    return served
