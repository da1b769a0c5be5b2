"""Names that LocalAI gave to engines before, by the name of today."""

from collections.abc import Mapping
from types import MappingProxyType

SOURCE = "pkg/model/initializers.go: Aliases, and the llama-cpp variants of v2 (copies of 2024-26)"

_LLAMA_CPP = """
    llama go-llama llama-cpp-grpc llama-cpp-avx llama-cpp-avx2 llama-cpp-fallback llama-cpp-cuda
    llama-cpp-hipblas llama-cpp-sycl_16 llama-cpp-sycl_32
"""
_TRANSFORMERS = "huggingface-embeddings sentencetransformers transformers-musicgen mamba"

EARLIER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_LLAMA_CPP.split(), "llama-cpp"),
        **dict.fromkeys(_TRANSFORMERS.split(), "transformers"),
        "stablediffusion": "stablediffusion-ggml",
    }
)
