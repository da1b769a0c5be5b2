"""One entry of LocalAI's model list: a definition in the server's own words.

Nothing is left to guess but a presence_penalty of 0, which LocalAI takes for unset.
"""

from typing import Any

from components.pool.pool import Pool
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
