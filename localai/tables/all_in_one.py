"""The models that all-in-one images carried: by the flavor of the image, as entries.

Which weights stood behind a name differed from release to release; the names stayed.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SOURCE = (
    "read: aio/{cpu,gpu-8g,intel}/*.yaml and aio/entrypoint.sh (copies of 2024-25); all of them "
    "removed by commit 5affb747a of 2026-03-14, so since v4.0.0"
)
Entry = Mapping[str, Any]

_HUB = "huggingface://"


def _file(name: str, address: str, **keys: Any) -> Entry:
    """Return an entry whose weights are one file of the hub."""
    file = address.rpartition("/")[2]
    fetched = [{"filename": file, "uri": f"{_HUB}{address}"}]
    return MappingProxyType(
        {"name": name, "parameters": {"model": file}, "download_files": fetched, **keys}
    )


_CHAT = _file(
    "gpt-4", "NousResearch/Hermes-2-Pro-Llama-3-8B-GGUF/Hermes-2-Pro-Llama-3-8B-Q4_K_M.gguf",
    context_size=8192,
)  # fmt: skip
_WHISPER: Entry = MappingProxyType(
    {
        "name": "whisper-1",
        "backend": "whisper",
        "parameters": {"model": "ggml-whisper-base.bin"},
        "download_files": [
            {
                "filename": "ggml-whisper-base.bin",
                "sha256": "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe",
                "uri": "https://huggingface.co/ggerganov/whisper.cpp/resolve/main/ggml-base.bin",
            }
        ],
    }
)
_SPEECH: Entry = MappingProxyType(
    {"name": "tts-1", "backend": "piper", "parameters": {"model": "en-us-amy-low.onnx"}}
)
_RERANKER: Entry = MappingProxyType(
    {
        "name": "jina-reranker-v1-base-en",
        "backend": "rerankers",
        "parameters": {"model": "cross-encoder"},
    }
)


def _vision(weights: str, projector: str) -> Entry:
    """Return the entry of a model that sees, whose projector is a second file."""
    one = _file("gpt-4o", weights, backend="llama-cpp", context_size=4096)
    file = f"mmproj-{weights.rpartition('/')[2]}"
    files = [*one["download_files"], {"filename": file, "uri": f"{_HUB}{projector}"}]
    return MappingProxyType({**one, "mmproj": file, "download_files": files})


_CPU = (
    _file(
        "text-embedding-ada-002",
        "hugging-quants/Llama-3.2-1B-Instruct-Q4_K_M-GGUF/llama-3.2-1b-instruct-q4_k_m.gguf",
        embeddings=True,
    ),
    _SPEECH,
    # Its weights are a folder of files for NCNN, which no engine of today loads.
    MappingProxyType(
        {
            "name": "stablediffusion",
            "backend": "stablediffusion-ncnn",
            "parameters": {"model": "stablediffusion_assets"},
        }
    ),
    _CHAT,
    _WHISPER,
    _RERANKER,
    _vision(
        "mys/ggml_bakllava-1/ggml-model-q4_k.gguf", "mys/ggml_bakllava-1/mmproj-model-f16.gguf"
    ),
)
_GPU = (
    MappingProxyType(
        {
            "name": "text-embedding-ada-002",
            "backend": "sentencetransformers",
            "embeddings": True,
            "parameters": {"model": "all-MiniLM-L6-v2"},
        }
    ),
    _SPEECH,
    _file(
        "dreamshaper", "Lykon/DreamShaper/DreamShaper_8_pruned.safetensors", backend="diffusers",
    ),
    _CHAT,
    _WHISPER,
    _RERANKER,
    _vision(
        "cjpais/llava-1.6-mistral-7b-gguf/llava-v1.6-mistral-7b.Q5_K_M.gguf",
        "cjpais/llava-1.6-mistral-7b-gguf/mmproj-model-f16.gguf",
    ),
)  # fmt: skip

_TAG = re.compile(r":[^:/@]*\baio-([a-z]+)")


def built_in(image: str) -> tuple[Entry, ...]:
    """Return the entries that an all-in-one image served by itself; none for other images."""
    found = _TAG.search(image)
    if not found:
        return ()
    return _CPU if found[1] == "cpu" else _GPU
