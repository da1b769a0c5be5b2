"""The model list as LocalAI reads it: what it does not understand vanishes without an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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

    `alias` is the other model that it stands for, or empty.
    """

    name: str
    alias: str = ""
    backend: str = ""
    model: str = ""
    context_size: int = 4096
    threads: int = 1
    embeddings: bool = False
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
    skipped = [f"{one.name or 'an entry without a name'}: skipped" for one in made if not ok(one)]
    valid = {one.name: one for one in made if ok(one)}
    dangling = [one for one in valid.values() if one.alias and not is_model(valid, one.alias)]
    for one in dangling:
        skipped.append(f"{one.name}: skipped, as {one.alias} is not a model of this list")
        del valid[one.name]
    return valid, skipped


def ok(one: Entry) -> bool:
    """Tell whether an entry passes LocalAI's validation: a name, and no path out of the folder."""
    path = PurePosixPath(one.model)
    return bool(one.name) and not path.is_absolute() and ".." not in path.parts


def is_model(entries: Mapping[str, Entry], name: str) -> bool:
    """Tell whether a name is a model rather than another name for one."""
    return name in entries and not entries[name].alias


def entry(fields: Mapping[str, object]) -> Entry:
    """Return what is understood of one entry; keys and types that are unknown have no effect."""
    parameters = mapping(fields.get("parameters"))
    listed = fields.get("options")
    options = cast("list[object]", listed) if isinstance(listed, list) else []
    pairs = (str(option).partition(":") for option in options)
    made = Entry(
        name=text(fields.get("name")),
        alias=text(fields.get("alias")),
        backend=text(fields.get("backend")),
        model=text(parameters.get("model")),
        embeddings=fields.get("embeddings") is True,
        options={name: value for name, _, value in pairs},
        sampling={name: parameters[name] for name in SAMPLING if name in parameters},
    )
    numbers = {"context_size": fields.get("context_size"), "threads": fields.get("threads")}
    return replace(made, **{name: one for name, one in numbers.items() if isinstance(one, int)})


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
