"""Engines in our words and LocalAI's: former names, names of options, and what every pool fixes."""

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


# More layers than any model has: all of them on the GPU.
# All of these are names of `engines_4_8`; a test compares them.
ALL_LAYERS = 999

# What a model file says by a key of its own, by each name llama.cpp's engine knows it under; the
# first is the one we write.
SLOTS = ("parallel", "n_parallel")
POOLING = ("pooling", "pooling_type")
OWN_TEMPLATE = ("use_jinja", "jinja")
LOG_LEVEL = "verbosity"

# Left out, llama.cpp's engine would guess each of these from the node it finds itself on.
FIXED: Mapping[str, str] = MappingProxyType(
    {"fit_params": "false", "kv_unified": "true", "cache_reuse": "256"}
)
# The other names it knows them under.
SYNONYMS: Mapping[str, str] = MappingProxyType(
    {"unified_kv": "kv_unified", "n_cache_reuse": "cache_reuse"}
)

# The option that names a companion file, by the file's role; other roles are keys of an entry.
FILE_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "vae": "vae_path",
        "clip_l": "clip_l_path",
        "clip_g": "clip_g_path",
        "t5xxl": "t5xxl_path",
        "llm": "llm_path",
    }
)
