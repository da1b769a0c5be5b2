"""Stacks in memory: a stack file as a dictionary, and a small catalog to choose from."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from components.checks.resolve import resolve
from gitops.planning.models import ModelChange
from gitops.planning.note import Note
from gitops.planning.objects import ObjectChange
from gitops.planning.plan import StackPlan, stack_plan
from gitops.planning.rendering.render import rendering
from gitops.planning.rendering.rendering import Rendering
from models.catalog import Catalog
from models.definition import Definition
from settings.config import settings_from_config

Config = dict[str, Any]
Edit = Callable[[Config], object]
MEGABYTE = 10**6

_LLAMA = {"backend": "llama-cpp", "context_size": 4096, "slots": 2}


def weights(name: str, size: int | str) -> dict[str, Any]:
    """Return the file of a model, its digest made from its name."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    file = f"{name}.gguf"
    return {
        "url": f"https://example.org/{file}", "file": file, "sha256": digest, "size": size,
    }  # fmt: skip


def definition(name: str, size: int | str, **fields: Any) -> dict[str, Any]:
    """Return what a file of models/ says."""
    return {
        "name": name, "description": "For tests.", "license": "MIT", "minimum_server": "v4.8.0",
        "weights": weights(name, size), **fields,
    }  # fmt: skip


def chat(name: str, size: int | str, **fields: Any) -> dict[str, Any]:
    """Return a chat model."""
    # A network so small that its cache counts for nothing.
    told = {"architecture": {"layers": 1, "kv_heads": 1, "head_dim": 1}}
    told |= {"template": {"use_tokenizer_template": True}}
    return definition(name, size, **{"kind": "chat", **told, **_LLAMA, **fields})


MODELS: Mapping[str, dict[str, Any]] = {
    model["name"]: model
    for model in (
        chat("small", 100 * MEGABYTE),
        chat("large", 900 * MEGABYTE),
        chat("guessed", "about 0.20 GB"),
        definition("embedder", 50 * MEGABYTE, kind="embeddings", pooling="mean", **_LLAMA),
        definition("ear", 70 * MEGABYTE, kind="transcription", backend="whisper"),
        definition(
            "painter", 300 * MEGABYTE, kind="image", backend="stablediffusion-ggml", steps=20
        ),
    )
}


@cache
def _catalog() -> Catalog:
    return catalog()


def catalog(**edited: dict[str, Any]) -> Catalog:
    """Return the catalog, with some fields of some models replaced."""
    files = {name: {**model, **edited.get(name, {})} for name, model in MODELS.items()}
    return Catalog(
        definitions={name: Definition.model_validate(file) for name, file in files.items()}
    )


def stack_file() -> Config:
    """Return a stack with two pools: one on a GPU, with an alias, and one on CPUs."""
    return {
        "namespace": "localai-dev",
        "cluster": "near",
        "server": {"version": "v4.9.0"},
        "pools": {
            "talk": {
                "gpu": "nvidia-l4", "models": ["small", "large"], "aliases": {"assistant": "small"},
                "storage": {"size": "60Gi"},
            },
            "find": {"models": ["embedder"], "storage": {"size": "20Gi"}},
        },
    }  # fmt: skip


def shared_stack_file() -> Config:
    """Return the same stack with claims that many nodes can hold."""
    config = stack_file()
    for pool in config["pools"].values():
        pool["storage"]["access"] = "ReadWriteMany"
    return config


def rendered(config: Config, models: Catalog | None = None, stack: str = "dev") -> Rendering:
    """Return the rendering of a stack file; the same file of the usual catalog is rendered once."""
    if models is None:
        return _known(json.dumps(config), stack)
    return _rendered(config, models, stack)


@cache
def _known(config: str, stack: str) -> Rendering:
    return _rendered(json.loads(config), _catalog(), stack)


def _rendered(config: Config, models: Catalog, stack: str) -> Rendering:
    return rendering(*resolve(stack, settings_from_config(config_texts(config)), models))


def config_texts(config: Config) -> dict[str, str]:
    """Return a stack file as the engine hands it out."""
    return {
        f"localai:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }


def changed(edit: Edit, base: Config | None = None) -> StackPlan:
    """Return the plan of an edit of a stack file."""
    before = base or stack_file()
    after = copy.deepcopy(before)
    edit(after)
    plan = stack_plan(rendered(before), rendered(after))
    for note in (
        *plan.refusals,
        *plan.notes,
        *(one for model in plan.models for one in model.reasons),
    ):
        assert all(isinstance(one, str) for one in (note.text, note.cure, *note.subjects))
        assert note.text
        assert not note.cure.isupper()
    return plan


def in_pool(pool: str, **values: Any) -> Edit:
    """Return the edit that sets some keys of a pool."""
    return lambda config: config["pools"][pool].update(values)


def said(notes: Iterable[Note]) -> list[str]:
    """Return notes, or refusals, as a terminal shows them."""
    return [str(note) for note in notes]


def model(plan: StackPlan, name: str, pool: str = "talk") -> ModelChange:
    """Return what happens to a model, or an alias, of a pool."""
    return next(one for one in plan.models if (one.name, one.pool) == (name, pool))


def objects(plan: StackPlan, kind: str) -> list[ObjectChange]:
    """Return the changes of one kind of object."""
    return [change for change in plan.objects if change.kind == kind]
