"""Definitions as a model file holds them, for the tests of what reads them."""

from typing import Any

DIGEST = "0123456789abcdef" * 4
WEIGHTS = {
    "url": "https://weights.example/model.gguf",
    "file": "model.gguf",
    "sha256": DIGEST,
    "size": 1_000_000,
}
_HEAD = {
    "name": "sample",
    "description": "A sample.",
    "license": "MIT",
    "minimum_server": "v4.8.0",
    "weights": WEIGHTS,
}


def chat(**fields: Any) -> dict[str, Any]:
    """Return a model of the engine llama-cpp with these further keys."""
    needed = {
        "kind": "chat",
        "backend": "llama-cpp",
        "context_size": 4096,
        "slots": 2,
        "template": {"use_tokenizer_template": True},
    }
    return {**_HEAD, **needed, **fields}


def image(**fields: Any) -> dict[str, Any]:
    """Return a model of the engine stablediffusion-ggml with these further keys."""
    return {**_HEAD, "kind": "image", "backend": "stablediffusion-ggml", **fields}


def transcription(**fields: Any) -> dict[str, Any]:
    """Return a model of the engine whisper with these further keys."""
    return {**_HEAD, "kind": "transcription", "backend": "whisper", **fields}
