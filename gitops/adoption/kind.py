"""What a model is for and which engine runs it, as far as its entry tells."""

from collections.abc import Mapping
from typing import Any

from gitops.adoption.running import items, mapping
from localai.tables.engine_names import EARLIER_NAMES
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
