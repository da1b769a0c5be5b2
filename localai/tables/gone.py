"""What earlier LocalAI versions read or had, and those of today do not: variables and engines."""

from collections.abc import Mapping
from types import MappingProxyType

SOURCE = (
    "read: core/cli of v1.40, v2.x and v4.9.0, backend/ of v1.x and v2.x, .env (copies of 2023-26)"
)

# By their name without the prefix LOCALAI_, with what took their place.
VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "REBUILD": "engines are images of their own, and nothing is built at start",
        "BUILD_TYPE": "engines are images of their own, chosen by the pool's `gpu`",
        "GO_TAGS": "engines are images of their own, and nothing is built at start",
        "CMAKE_ARGS": "engines are images of their own, and nothing is built at start",
        "BACKEND_ASSETS_PATH": "engines are images of their own, at LOCALAI_BACKENDS_PATH",
        "EXTRA_BACKENDS": "engines are images of their own, and a pool installs what models need",
        "IMAGE_PATH": "LOCALAI_GENERATED_CONTENT_PATH took its place, and a pool sets it",
        "AUDIO_PATH": "LOCALAI_GENERATED_CONTENT_PATH took its place, and a pool sets it",
        "PARALLEL_REQUESTS": "a model file says `slots`",
        "LLAMACPP_GRPC_SERVERS": "a pool of kind `distributed` took its place",
        "EXPERIMENTAL_V2": "it was the switch of a rewrite that is done",
        "SIZE": "it chose among the models of all-in-one images, which are not built any more",
        "PROFILE": "it chose among the models of all-in-one images, which are not built any more",
    }
)

# Engines that had their own program once, and none today: most read GGML files of before GGUF.
_ENGINES = """
    autogptq bert-embeddings bloomz dolly exllama exllama2 falcon falcon-ggml gpt2 gpt4all
    gpt4all-j gpt4all-llama gpt4all-mpt gptj gptneox langchain-huggingface llama-ggml llama-grammar
    llama-stable mpt openvoice parler-tts petals replit rwkv sentencetransformers-musicgen stablelm
    stablediffusion-ncnn starcoder tinydream vall-e-x
"""
ENGINES = frozenset(_ENGINES.split())

# Words of a tag whose images are not built any more, with what is in their place.
TAGS: Mapping[str, str] = MappingProxyType(
    {
        "aio": "all-in-one images are not built since v4.0.0, and what is left of them stays at v3",
        "cublas": "images named `cublas` are not built since mid 2025",
        "cuda11": "images for CUDA 11 are not built since January 2026",
        "cuda-11": "images for CUDA 11 are not built since January 2026",
        "ffmpeg": "images named `ffmpeg` are not built since v3.1; all have it",
        "core": "images named `core` are not built since v3.1; none has engines",
        "sycl": "images named `sycl` are not built since v3.1; there is one for Intel",
        "f16": "images for Intel are not told apart by f16 since v3.1",
        "f32": "images for Intel are not told apart by f32 since v3.1",
    }
)
TAGS_SOURCE = "read: mudler/LocalAI#9004, #7769, #5607, #5721, #5916"
