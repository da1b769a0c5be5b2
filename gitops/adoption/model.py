"""A model entry as a model definition: what is known, in its order, and remarks on the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops.adoption.entries import Entry
from gitops.adoption.files import ModelFile, ModelFiles, model_files
from gitops.adoption.given import Given
from gitops.adoption.names import is_sent, model_name
from gitops.adoption.options import EngineOptions, engine_options, sampling, template, unsaid
from gitops.adoption.remark import Remark, changed, kept, lost, unknown
from gitops.adoption.running import items, mapping
from localai.tables.engine_options import ALL_LAYERS, EARLIER_NAMES
from models.catalog import FORBIDDEN
from models.definition import LLAMA_CPP, STABLE_DIFFUSION, Kind

_USECASES = {
    "chat": Kind.CHAT,
    "completion": Kind.CHAT,
    "llm": Kind.CHAT,
    "edit": Kind.CHAT,
    "vision": Kind.CHAT,
    "embeddings": Kind.EMBEDDINGS,
    "rerank": Kind.RERANK,
    "image": Kind.IMAGE,
    "transcript": Kind.TRANSCRIPTION,
}
_ENGINES = {
    LLAMA_CPP: Kind.CHAT,
    "vllm": Kind.CHAT,
    "transformers": Kind.CHAT,
    "whisper": Kind.TRANSCRIPTION,
    "faster-whisper": Kind.TRANSCRIPTION,
    "parakeet-cpp": Kind.TRANSCRIPTION,
    STABLE_DIFFUSION: Kind.IMAGE,
    "diffusers": Kind.IMAGE,
    "rerankers": Kind.RERANK,
}


def engine_of(keys: Mapping[str, Any]) -> str:
    """Return the engine of an entry by its name of today; empty where the server guesses it."""
    named = str(keys.get("backend") or "").lower()
    if named:
        return EARLIER_NAMES.get(named, named)
    return LLAMA_CPP if _weights_name(keys).endswith(".gguf") else ""


def kind_of(keys: Mapping[str, Any], engine: str) -> Kind | None:
    """Return what a model is for: as its entry says, else what its engine is mostly used for."""
    if keys.get("embeddings") is True:
        return Kind.EMBEDDINGS
    if keys.get("reranking") is True:
        return Kind.RERANK
    said = [_USECASES.get(usecase) for usecase in usecases(keys)]
    if said:
        return next((kind for kind in said if kind), None)
    return _ENGINES.get(engine)


def usecases(keys: Mapping[str, Any]) -> list[str]:
    """Return the declared use cases in the words of today (`FLAG_CHAT` is an earlier one)."""
    return [str(word).lower().removeprefix("flag_") for word in items(keys.get("known_usecases"))]


def _weights_name(keys: Mapping[str, Any]) -> str:
    name = mapping(keys.get("parameters")).get("model")
    return str(name or "").partition("@")[0].lower()


_MAPPED = frozenset(
    {
        "name", "backend", "description", "parameters", "download_files", "context_size",
        "template", "stopwords", "embeddings", "reranking", "known_usecases", "step", "cfg_scale",
        "options", "mmproj", "draft_model", "alias", "license",
    }
)  # fmt: skip


def remaining(subject: str, keys: Mapping[str, Any], given: Given) -> Iterator[Remark]:
    """Yield what becomes of every key that is not mapped."""
    ours = {
        "f16": True,
        "mmap": True,
        "threads": given.cpu,
        "gpu_layers": ALL_LAYERS if given.has_gpu else 0,
    }
    for key, value in keys.items():
        place = f"{subject}, {key}"
        if key in _MAPPED or value in (None, "", [], {}):
            continue
        if key in ours:
            if value != ours[key]:
                yield changed(place, f"{value!r:.20} becomes {ours[key]}, as in the whole pool")
        elif key in FORBIDDEN:
            yield lost(place, f"is not allowed: {FORBIDDEN[key]}")
        elif _is_known(key, given):
            yield lost(place, "has no key in a model definition")
        else:
            yield lost(place, "is not a key of LocalAI, which ignores it")


def _is_known(key: str, given: Given) -> bool:
    return key in given.server.model_fields


NO_LICENSE = "LicenseRef-unknown"
# What LocalAI falls back to where neither the entry nor the hardware says anything else.
CONTEXT = 4096


def guesses(fields: Mapping[str, Any], keys: Mapping[str, Any], given: Given) -> Iterator[Remark]:
    """Yield what the fields of a definition hold beyond the keys of its entry."""
    subject = f"model {fields['name']}"
    if fields["license"] == NO_LICENSE:
        cure = "look it up where the weights come from"
        yield unknown(subject, f"no license; {NO_LICENSE} is written", cure)
    if not keys.get("backend"):
        yield changed(subject, f"names no engine; its file is one of {fields['backend']}")
    elif keys["backend"] != fields["backend"]:
        yield changed(subject, f"its engine {keys['backend']} is named {fields['backend']} today")
    if fields["backend"] == LLAMA_CPP:
        yield from _about_llama_cpp(subject, fields, keys, given)


def _about_llama_cpp(
    subject: str, fields: Mapping[str, Any], keys: Mapping[str, Any], given: Given
) -> Iterator[Remark]:
    said = keys.get("context_size") or given.variables.number("LOCALAI_CONTEXT_SIZE")
    if not said:
        yield changed(subject, f"context_size becomes {CONTEXT}; the server chose it by itself")
    slots = given.variables.number("LLAMACPP_PARALLEL")
    if not slots and not any("parallel" in str(option) for option in items(keys.get("options"))):
        yield changed(subject, f"slots becomes {fields['slots']}; the server chose it by itself")
    if fields["kind"] == Kind.CHAT.value and not keys.get("template"):
        yield changed(subject, "the template in its weights is used; the server guessed one")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One model: the keys of its definition, its files, and remarks."""

    name: str
    keys: Mapping[str, Any]
    files: tuple[ModelFile, ...]
    remarks: tuple[Remark, ...]
    origin: str = ""


def draft(
    entry: Entry, given: Given, name: str | None = None
) -> tuple[Draft | None, tuple[Remark, ...]]:
    """Return the draft of an entry, or why there is none; a name may be taken by another."""
    said = str(entry.keys.get("name") or "")
    name, engine = model_name(said) if name is None else name, engine_of(entry.keys)
    kind = kind_of(entry.keys, engine)
    subject = f"model {said or entry.source}"
    if entry.keys.get("disabled") is True:
        return None, (kept(subject, "is disabled, and left out"),)
    if entry.find and name and not mapping(entry.keys.get("parameters")).get("model"):
        return None, (unknown(subject, f"{entry.source} does not say its file", entry.find),)
    reason = _obstacle(name, engine, kind, entry, given)
    if reason or kind is None:
        return None, (lost(subject, reason, f"see {entry.source}"),)
    made = _draft(name, engine, kind, entry, given)
    return made, (*about_name(said, name, entry), *made.remarks)


def _obstacle(name: str, engine: str, kind: Kind | None, entry: Entry, given: Given) -> str:
    if not name:
        return "has no name that a request could hold"
    if not engine:
        return "names no engine, and its file does not tell which"
    if engine not in given.server.engines:
        return f"needs the engine {engine}, which LocalAI {given.server.version} is not known for"
    if kind is None:
        uses = ", ".join(usecases(entry.keys)) or engine
        return f"is for {uses}, which no model definition can be"
    if not mapping(entry.keys.get("parameters")).get("model"):
        return "names no file of weights"
    return ""


def about_name(said: str, name: str, entry: Entry) -> Iterator[Remark]:
    """Yield what becomes of the name of a model, and of an entry that no server read."""
    if said != name and is_sent(said):
        text = f"is declared as models/{name}.yaml; clients go on sending {said}"
        yield kept(f"model {said}", text)
    elif said != name:
        yield changed(f"model {said}", f"is named {name}", f"clients have to send {name}")
    if not entry.is_read:
        text = f"stands in {entry.source}, where the server does not read it today"
        yield changed(f"model {said}", f"{text}; the first `up` serves it")


def about_known(name: str, entry: Entry) -> Iterator[Remark]:
    """Yield what becomes of the entry of a model that has a file already."""
    yield kept(f"model {name}", "is defined already, and used as it is")
    parameters = mapping(entry.keys.get("parameters"))
    said = [f"parameters.{one}" for one in parameters if one != "model"]
    said += [
        one for one in ("context_size", "template", "stopwords", "options") if entry.keys.get(one)
    ]
    if said:
        text = f"its entry says {', '.join(map(str, said))}"
        yield changed(f"model {name}", text, f"see that models/{name}.yaml does where it matters")


def _draft(name: str, engine: str, kind: Kind, entry: Entry, given: Given) -> Draft:
    subject, keys = f"model {name}", entry.keys
    said = [str(one) for one in items(keys.get("options"))]
    options = engine_options(subject, said, given.server.engines.get(engine))
    files = model_files(subject, keys, options.files, given)
    parameters, about_parameters = sampling(subject, keys)
    prompts, about_template = template(subject, keys, given)
    fields = {
        "name": name,
        "kind": kind.value,
        "description": _description(keys, given),
        "license": str(keys.get("license") or NO_LICENSE),
        "backend": engine,
        "minimum_server": given.server.version,
        **_files(files),
        **_engine_fields(engine, kind, keys, options, given),
        "parameters": parameters,
        "template": prompts or _own_template(engine, kind, options),
        "stopwords": [str(word) for word in items(keys.get("stopwords"))],
        "options": list(options.kept),
    }
    remarks = (
        *(remark for file in files.files for remark in file.remarks),
        *files.remarks, *options.remarks, *about_parameters,
        *unsaid(subject, parameters, kind, engine), *about_template,
        *guesses(fields, keys, given), *remaining(subject, keys, given),
    )  # fmt: skip
    told = {key: value for key, value in fields.items() if value not in (None, [], {}, "")}
    return Draft(
        name=name, keys=told, files=files.files, remarks=remarks, origin=f"from {entry.source}"
    )


def _description(keys: Mapping[str, Any], given: Given) -> str:
    said = " ".join(str(keys.get("description") or "").split())
    return said[:4000] or f"Served by {given.origin} before."


def _files(found: ModelFiles) -> dict[str, Any]:
    first, *others = found.files
    return {
        "weights": dict(first.keys),
        "companions": {str(file.role): dict(file.keys) for file in others},
    }


def _engine_fields(
    engine: str, kind: Kind, keys: Mapping[str, Any], options: EngineOptions, given: Given
) -> dict[str, Any]:
    if engine == STABLE_DIFFUSION:
        return {"steps": keys.get("step"), "cfg_scale": keys.get("cfg_scale")}
    if engine != LLAMA_CPP:
        return {}
    context = keys.get("context_size") or given.variables.number("LOCALAI_CONTEXT_SIZE")
    slots = options.slots or given.variables.number("LLAMACPP_PARALLEL")
    return {
        "context_size": context or CONTEXT,
        "slots": slots or 1,
        "batch": mapping(keys.get("parameters")).get("batch"),
        "pooling": options.pooling if kind is Kind.EMBEDDINGS else None,
    }


def _own_template(engine: str, kind: Kind, options: EngineOptions) -> dict[str, Any]:
    if engine == LLAMA_CPP and (kind is Kind.CHAT or options.uses_own_template):
        return {"use_tokenizer_template": True}
    return {}
