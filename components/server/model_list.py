"""The model list of a pool: one immutable ConfigMap, named by its content, an entry a model.

An entry leaves nothing to guess but a presence_penalty of 0, which LocalAI takes for unset.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml
from lightkube.models.core_v1 import ConfigMap, ConfigMapVolumeSource, Volume, VolumeMount

from components.engine.component import Component
from components.parts.labels import POOL, content_name, metadata
from components.parts.part import Part, content_part, name_of
from components.parts.roles import ROLE
from components.pool.pool import Pool
from documents.problem import Problem
from localai.release import LIMIT, PRELOAD, RETRIES, preloads, roomy
from localai.tables.engine_options import (
    ALL_LAYERS,
    FILE_OPTIONS,
    FIXED,
    LOG_LEVEL,
    OWN_TEMPLATE,
    POOLING,
    SLOTS,
)
from models.definition import LLAMA_CPP, Definition, Kind, Role
from models.sampling import sampling
from settings.config import SettingsError, in_config

# A model gives way a little after its longest answer.
_MARGIN = 30


def limit(pool: Pool) -> int:
    """Return the limit of active models: that of the pool, or one at which none gives way.

    The latter bounds nothing in a front end, which holds no engine: its workers do.
    """
    return pool.active if gives_way(pool) else roomy(pool.active)


def gives_way(pool: Pool) -> bool:
    """Return whether a pool lists more models than may be in memory."""
    return pool.active < len(pool.models)


def preloaded(pool: Pool) -> tuple[Definition, ...]:
    """Return the models that a server loads before it is ready: then readiness proves them.

    A front end holds none: it would have its workers load, and wait for those while they start.
    """
    if pool.settings.distributed or not preloads(limit(pool)):
        return ()
    return pool.models[: pool.active]


def preloaded_bytes(pool: Pool) -> int:
    """Return how many bytes of weights a server reads before it is ready, each file once."""
    files = {file.path: file.size.bytes for model in preloaded(pool) for file in model.files}
    return sum(files.values())


def variables(pool: Pool) -> Mapping[str, str]:
    """Return what tells a server which models to hold."""
    found = {LIMIT: str(limit(pool))}
    if first := preloaded(pool):
        found[PRELOAD] = ",".join(model.name for model in first)
    if gives_way(pool):
        found[RETRIES] = str(pool.context.settings.server.longest_answer + _MARGIN)
    return found


_USECASES = {
    Kind.CHAT: ["chat", "completion"],
    Kind.EMBEDDINGS: ["embeddings"],
    Kind.RERANK: ["rerank"],
    Kind.IMAGE: ["image"],
    Kind.TRANSCRIPTION: ["transcript"],
}
# Warnings and errors alone: an engine's log is a file in /tmp that nothing rotates. A chat leaves
# 2.6 kB in it otherwise, and 0.9 kB so (measured with llama.cpp's engine of v4.9.0).
_LOG_LEVEL = f"{LOG_LEVEL}:2"
_FILE_FIELDS = {Role.MMPROJ: "mmproj", Role.DRAFT: "draft_model"}


def entry(model: Definition, pool: Pool) -> dict[str, Any]:
    """Return the list entry of a model as a pool serves it."""
    fields: dict[str, Any] = {
        "name": model.name,
        "backend": model.backend,
        "parameters": _parameters(model),
        "known_usecases": _usecases(model),
        "threads": pool.settings.cpu,
        "f16": True,
        "mmap": True,
        "context_size": model.context_size,
        "gpu_layers": ALL_LAYERS if pool.profile else 0,
        "template": model.template.model_dump(exclude_defaults=True) if model.template else None,
        "stopwords": list(model.stopwords),
        "embeddings": True if model.kind is Kind.EMBEDDINGS else None,
        "reranking": True if model.kind is Kind.RERANK else None,
        "step": model.steps,
        "cfg_scale": model.cfg_scale,
        "tensor_split": ",".join(map(str, pool.settings.tensor_split or ())) or None,
        "options": _options(model),
        **_companion_fields(model),
    }
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def alias_entry(alias: str, target: str) -> dict[str, Any]:
    """Return the list entry of another name for a model of the same pool."""
    return {"name": alias, "alias": target}


def _parameters(model: Definition) -> dict[str, Any]:
    batch = {"batch": model.batch} if model.batch else {}
    return {"model": model.weights.path, **batch, **sampling(model).model_dump(exclude_none=True)}


def _usecases(model: Definition) -> list[str]:
    vision = ["vision"] if Role.MMPROJ in model.companions else []
    return _USECASES[model.kind] + vision


def _companion_fields(model: Definition) -> dict[str, str]:
    return {
        _FILE_FIELDS[role]: file.path
        for role, file in model.companions.items()
        if role in _FILE_FIELDS
    }


def _options(model: Definition) -> list[str]:
    options = list(model.options)
    if model.slots:
        fixed = (f"{name}:{value}" for name, value in FIXED.items())
        options += [f"{SLOTS[0]}:{model.slots}", *fixed]
    if model.backend == LLAMA_CPP and not any(one.startswith(LOG_LEVEL) for one in options):
        options.append(_LOG_LEVEL)
    if model.template and model.template.use_tokenizer_template:
        options.append(f"{OWN_TEMPLATE[0]}:true")
    if model.pooling:
        options.append(f"{POOLING[0]}:{model.pooling}")
    return options + [
        f"{FILE_OPTIONS[role]}:{file.path}"
        for role, file in model.companions.items()
        if role in FILE_OPTIONS
    ]


FILE = "/etc/localai/models.yaml"
# The API server refuses larger ones (ConfigMap, "data must not exceed 1 MiB").
LARGEST_BYTES = 1024 * 1024

_ROLE = "models"


def model_list(pool: Pool) -> str:
    """Return LocalAI's list file for a pool."""
    entries = [entry(model, pool) for model in pool.models]
    entries += [alias_entry(alias, target) for alias, target in pool.settings.aliases.items()]
    return "".join(_text(json.dumps(one)) for one in entries)


# Most pools of a stack serve the same few models.
@lru_cache(maxsize=1000)
def _text(entry_json: str) -> str:
    entries = [json.loads(entry_json)]
    return yaml.dump(entries, Dumper=yaml.CSafeDumper, sort_keys=False, width=1000)


@lru_cache(maxsize=8)
def config_map(pool: Pool) -> ConfigMap:
    """Return the ConfigMap that holds the model list.

    Raises:
        SettingsError: the list has more bytes than a ConfigMap may hold.
    """
    data = {"models.yaml": model_list(pool)}
    size = len(data["models.yaml"].encode())
    if size > LARGEST_BYTES:
        cause = f"its model list has {size} bytes, a ConfigMap holds {LARGEST_BYTES}"
        large = Problem(path=("pools", pool.name), cause=cause, cure="split the pool in two")
        raise SettingsError(in_config([large]))
    name = content_name(f"{pool.object_name}-{_ROLE}", data)
    labels = {POOL: pool.name, ROLE: _ROLE}
    return ConfigMap(metadata=metadata(pool.context, name, labels), data=data, immutable=True)


def list_volume(pool: Pool) -> Volume:
    """Return the volume that holds the model list."""
    source = ConfigMapVolumeSource(name=name_of(config_map(pool)))
    return Volume(name="model-list", configMap=source)


def list_mount() -> VolumeMount:
    """Return where the server finds the model list; it cannot write there."""
    return VolumeMount(name="model-list", mountPath=FILE.rsplit("/", 1)[0], readOnly=True)


class ModelConfig(Component[Pool]):
    """The model list of a pool."""

    token = "localai:components:ModelConfig"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return the model list."""
        return (content_part(f"{name}-list", config_map(pool)),)
