"""The model list as LocalAI reads it: what it does not understand vanishes without an error."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import cast

import yaml

# Sampling defaults that a request may overrule; LocalAI's names for them are llama.cpp's too.
SAMPLING = (
    "temperature", "top_p", "top_k", "min_p", "max_tokens", "repeat_penalty",
    "presence_penalty", "frequency_penalty", "seed",
)  # fmt: skip
# Files in the models folder that are no models (pkg/model/loader.go, ListFilesInModelPath).
NO_MODELS = (
    ".tmpl", ".keep", ".yaml", ".yml", ".json", ".txt", ".pt", ".onnx", ".md", ".ds_store", ".",
    ".safetensors", ".bin", ".gguf", ".ggml", ".ckpt", ".zip", ".tag", ".bak", ".partial",
    ".tar.gz",
)  # fmt: skip
READ_ME = frozenset({"model_card", "readme", "readme.md"})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One name that clients may send; `options` are the engine's, `sampling` the defaults.

    `alias` is the other model that it stands for, or empty. An entry may have an empty name: it is
    listed, and nobody can ask for it.
    """

    name: str
    alias: str = ""
    disabled: bool = False
    backend: str = ""
    model: str = ""
    context_size: int = 4096
    threads: int = 1
    embeddings: bool = False
    usecases: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    sampling: Mapping[str, object] = field(default_factory=dict[str, object])


def read_list(path: Path | None) -> tuple[dict[str, Entry], list[str]]:
    """Return the entries of a list file by name, and what was skipped; never an error."""
    if path is None:
        return {}, []
    try:
        return parse_list(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        return {}, [f"{path}: {problem}"]


def parse_list(text: str) -> tuple[dict[str, Entry], list[str]]:
    """Return the valid entries of a list by name, and a line for each one skipped."""
    try:
        loaded: object = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        return {}, [f"the list is no YAML: {problem}"]
    items = cast("list[object]", loaded) if isinstance(loaded, list) else []
    made = [entry(cast("dict[str, object]", one)) for one in items if isinstance(one, dict)]
    skipped = [f"{one.name}: skipped" for one in made if not is_inside(one.model)]
    return {one.name: one for one in made if is_inside(one.model)}, skipped


def is_inside(model: str) -> bool:
    """Tell whether a model's file passes LocalAI's validation: no path out of the folder."""
    path = PurePosixPath(model)
    return not path.is_absolute() and ".." not in path.parts


def entry(fields: Mapping[str, object]) -> Entry:
    """Return what is understood of one entry; keys and types that are unknown have no effect."""
    parameters = mapping(fields.get("parameters"))
    listed = fields.get("options")
    options = cast("list[object]", listed) if isinstance(listed, list) else []
    pairs = (str(option).partition(":") for option in options)
    made = Entry(
        name=text(fields.get("name")),
        alias=text(fields.get("alias")),
        disabled=fields.get("disabled") is True,
        backend=text(fields.get("backend")),
        model=text(parameters.get("model")),
        embeddings=fields.get("embeddings") is True,
        usecases=usecases(fields),
        options={name: value for name, _, value in pairs},
        sampling={name: parameters[name] for name in SAMPLING if name in parameters},
    )
    numbers = {"context_size": fields.get("context_size"), "threads": fields.get("threads")}
    return replace(made, **{name: one for name, one in numbers.items() if isinstance(one, int)})


def usecases(fields: Mapping[str, object]) -> frozenset[str]:
    """Return what an entry says that it is for."""
    listed = fields.get("known_usecases")
    known = cast("list[object]", listed) if isinstance(listed, list) else []
    flags = {"embeddings": "embeddings", "reranking": "rerank"}
    said = [name for flag, name in flags.items() if fields.get(flag) is True]
    return frozenset([*map(text, known), *said])


def mapping(value: object) -> dict[str, object]:
    """Return a mapping, or an empty one where there is something else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def text(value: object) -> str:
    """Return a text, or an empty one where there is something else."""
    return value if isinstance(value, str) else ""


def loose_files(folder: Path) -> list[str]:
    """Return the files right in the models folder, which LocalAI lists as models too."""
    names = [path.name for path in sorted(folder.iterdir()) if not path.is_dir()]
    return [name for name in names if is_loose_model(name.lower())]


def is_loose_model(name: str) -> bool:
    """Tell whether a file of this name, in lower case, counts as a model."""
    return name not in READ_ME and not name.endswith(NO_MODELS) and ".bak" not in name


INVALID = "invalid_request_error"


class RefusedError(Exception):
    """A request that is answered with this status and these words, in the server's error form."""

    def __init__(self, status: HTTPStatus, message: str, kind: str = "") -> None:
        """Say what the client is told."""
        super().__init__(message)
        self.status, self.message, self.kind = status, message, kind


def resolve(entries: Mapping[str, Entry], name: str, loose: Collection[str]) -> Entry:
    """Return the model that a name means, through one alias.

    A name with a slash, or that of a file right in the models folder, is loaded by its path with
    defaults: LocalAI has no switch against this.

    Raises:
        RefusedError: there is no such name, or its entry leads nowhere, or is disabled.
    """
    name = name.removesuffix(":latest")
    found = entries.get(name) if name else None
    if found is None and ("/" in name or name in loose):
        return Entry(name=name, model=name)
    if found is None:
        words = f'model "{name}" not found. To see available models, call GET /v1/models'
        raise RefusedError(HTTPStatus.NOT_FOUND, words, INVALID)
    target = entries.get(found.alias) if found.alias else found
    if target is None or (found.alias and target.alias):
        words = f'alias "{name}" targets "{found.alias}", which is not a model'
        raise RefusedError(HTTPStatus.BAD_REQUEST, words, INVALID)
    if target.disabled:
        words = f'model "{name}" is disabled and cannot be loaded'
        raise RefusedError(HTTPStatus.FORBIDDEN, words, "model_disabled")
    return target


def suitable(entries: Mapping[str, Entry], usecase: str) -> str:
    """Return any model that says it is for a use, or an empty name."""
    names = [one.name for one in entries.values() if one.name and usecase in one.usecases]
    return random.choice(names) if names else ""  # noqa: S311 (as good as a map's order)
