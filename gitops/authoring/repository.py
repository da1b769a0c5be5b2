"""A repository to start with: a project, one stack, and the model files it names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from documents.quantity import whole_bytes
from documents.writer import to_yaml
from gitops import VERSION
from gitops.authoring.memory import alone, places
from hardware.fit import Verdict
from hardware.profile import GIB, GpuProfile
from hardware.profiles import gpu_profile
from localai.server import SERVERS
from models.catalog import Catalog
from models.definition import Definition, Kind
from settings.pool.storage import Access

# What serves beside the weights on a volume: engines, and room for the next model.
_ENGINES = 10
_STEP = 10
# Models that nobody has to read a license of their own for.
_FREE = ("Apache-2.0", "MIT")
# What a node without a GPU answers fast enough, in bytes of memory.
_MOST_ON_CPUS = 3 * GIB
_POOLS = {
    Kind.CHAT: "chat",
    Kind.EMBEDDINGS: "embeddings",
    Kind.RERANK: "rerank",
    Kind.IMAGE: "images",
    Kind.TRANSCRIPTION: "speech",
}
# Small models, which leave a GPU to those that need one.
_ON_CPUS = (Kind.EMBEDDINGS, Kind.RERANK)


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a team says of its first stack; an empty text is none, or the cluster's default."""

    stack: str
    cluster: str
    namespace: str
    gpu: str
    gpu_memory: str
    storage_class: str
    access: Access
    domain: str


def proposed(catalog: Catalog, start: Start) -> tuple[str, ...]:
    """Return the chat model that uses the place best, and a small one for embeddings.

    Only a license that is well known is proposed, and only what fits with room to spare.
    """
    profile = gpu_profile(start.gpu, catalog.profiles) if start.gpu else None
    if profile and start.gpu_memory:
        profile = replace(profile, memory=whole_bytes(start.gpu_memory))
    fitting = {
        kind: [
            one
            for one in catalog.definitions.values()
            if one.kind is kind and _is_proposed(one, profile)
        ]
        for kind in (Kind.CHAT, Kind.EMBEDDINGS)
    }
    chat = max(fitting[Kind.CHAT], key=_needed, default=None)
    search = min(fitting[Kind.EMBEDDINGS], key=_needed, default=None)
    return tuple(one.name for one in (chat, search) if one)


def _is_proposed(model: Definition, profile: GpuProfile | None) -> bool:
    if model.license not in _FREE:
        return False
    if not profile or model.kind in _ON_CPUS:
        return _needed(model) <= _MOST_ON_CPUS
    (place,) = places(model, [profile])
    return bool(place.fit and place.fit.verdict is Verdict.FITS)


def _needed(model: Definition) -> int:
    return alone(model)[-1].bytes


def repository_files(
    start: Start, models: Iterable[Definition], texts: Mapping[str, str]
) -> dict[str, str]:
    """Return the files by name; `texts` are those of model files, by the name of the model."""
    chosen = tuple(models)
    return {
        "Pulumi.yaml": _PROJECT,
        "__main__.py": _PROGRAM,
        "requirements.txt": f"localai-gitops=={VERSION}\n",
        ".gitignore": ".venv/\n__pycache__/\n",
        f"Pulumi.{start.stack}.yaml": _stack(start, chosen),
        **{f"models/{one.name}.yaml": _local(texts[one.name]) for one in chosen},
    }


_PROJECT = """\
name: localai
description: Self-hosted AI models on LocalAI, declared per stack
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
"""
_PROGRAM = '''\
"""The program that Pulumi runs; everything else is in the stack files and in models/."""

from localai_gitops import deploy

deploy(__file__)
'''
_HEAD = """\
# One stack: which models run on which LocalAI servers. Every key: docs/reference/settings.md of
# localai-gitops. Other namespaces may call it once `localai:network: {clients: [...]}` names them.
# The first stack serves models/ as they are; a later one what `localai-gitops release STACK` wrote.
"""


def _local(text: str) -> str:
    """Return a model file without the line that names a schema by its place in another folder."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("# yaml-language-server:"))


def _stack(start: Start, models: Sequence[Definition]) -> str:
    by_kind: defaultdict[Kind, list[Definition]] = defaultdict(list)
    for model in models:
        by_kind[model.kind].append(model)
    config: dict[str, Any] = {
        "localai:namespace": start.namespace,
        "localai:cluster": start.cluster,
        "localai:server": {"version": list(SERVERS)[-1]},
        **_exposure(start),
        "localai:pools": {
            _POOLS[kind]: _pool(start, kind, by_kind[kind]) for kind in Kind if by_kind[kind]
        },
    }
    return _HEAD + to_yaml({"config": config})


def _exposure(start: Start) -> dict[str, Any]:
    if not start.domain:
        return {}
    exposure = {
        "kind": "ingress",
        "host": start.domain,
        "ingressClass": "nginx",
        "from": ["ingress-nginx"],
        "tls": {"secret": "localai-tls"},
    }
    return {"localai:router": {}, "localai:exposure": exposure}


def _pool(start: Start, kind: Kind, models: Sequence[Definition]) -> dict[str, Any]:
    on_gpu = bool(start.gpu) and kind not in _ON_CPUS
    size = sum(file.size.bytes for model in models for file in model.files)
    storage = {"size": f"{-(-(2 * size // GIB + _ENGINES) // _STEP) * _STEP}Gi"}
    if start.storage_class:
        storage["class"] = start.storage_class
    if start.access is not Access.ONE_NODE:
        storage["access"] = start.access.value
    pool: dict[str, Any] = {"gpu": start.gpu} if on_gpu else {}
    if on_gpu and start.gpu_memory:
        pool["gpuMemory"] = start.gpu_memory
    return pool | {"models": [model.name for model in models], "storage": storage}
