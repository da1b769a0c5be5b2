"""The engines of LocalAI 4.8: their images, the processors of these, and their options."""

from collections.abc import Mapping
from types import MappingProxyType

from localai.release import Accelerator, Engine

SOURCE = "read: .github/workflows/image.yml, platforms of each image (a copy of mid 2026)"

_AMD64 = ("amd64",)
_ARM64 = ("arm64",)
_BOTH = (*_AMD64, *_ARM64)

ARCHITECTURES: Mapping[Accelerator, tuple[str, ...]] = MappingProxyType(
    {
        Accelerator.CPU: _BOTH,
        Accelerator.CUDA_12: _AMD64,
        Accelerator.CUDA_13: _AMD64,
        Accelerator.ROCM: _AMD64,
        Accelerator.INTEL: _AMD64,
        Accelerator.VULKAN: _BOTH,
        Accelerator.L4T: _ARM64,
        Accelerator.L4T_CUDA_13: _ARM64,
    }
)


LLAMA_CPP_SOURCE = "read: backend/cpp/llama-cpp/grpc-server.cpp, params_parse, at v4.9.0"
# Written `name:value`; a bare name means true. Further entries that begin with `-` go to
# llama-server as they are.
_LANGUAGE = """
    cache_idle_slots cache_ram cache_reuse check_tensors checkpoint_every_n_tokens
    checkpoint_every_nt checkpoint_min_spacing checkpoint_min_step cont_batching context_shift
    continuous_batching cpu_moe ctx_checkpoints device devices direct_io draft_cache_type_k
    draft_cache_type_v draft_cpu_moe draft_ctx_size draft_gpu_layers draft_max draft_min
    draft_n_cpu_moe draft_override_tensor draft_p_min draft_threads draft_threads_batch
    embd_normalize embedding_normalize enable_reasoning fit fit_ctx fit_params
    fit_params_min_ctx fit_params_target fit_target grpc_servers idle_slots_cache
    image_max_tokens image_min_tokens jinja kv_unified lookup_cache_dynamic lookup_cache_static
    mmproj_offload mmproj_use_gpu n_cache_reuse n_cpu_moe n_ctx_checkpoints n_parallel n_rs_seq
    n_threads_batch n_ubatch ngram_min_hits ngram_size_m ngram_size_n no_op_offload
    override_tensor parallel pooling pooling_type prefill_assistant reasoning_budget
    reasoning_format rpc_servers rs_seq slot_prompt_similarity sm spec_draft_cache_type_k
    spec_draft_cache_type_v spec_draft_cpu_moe spec_draft_n_cpu_moe spec_draft_override_tensor
    spec_draft_threads spec_draft_threads_batch spec_lookup_cache_dynamic
    spec_lookup_cache_static spec_n_max spec_n_min spec_ngram_map_k4v_min_hits
    spec_ngram_map_k4v_size_m spec_ngram_map_k4v_size_n spec_ngram_map_k_min_hits
    spec_ngram_map_k_size_m spec_ngram_map_k_size_n spec_ngram_min_hits spec_ngram_mod_n_match
    spec_ngram_mod_n_max spec_ngram_mod_n_min spec_ngram_size_m spec_ngram_size_n spec_p_min
    spec_p_split spec_type speculative_type split_mode sps swa_full tensor_buft_overrides
    threads_batch ubatch unified_kv use_direct_io use_jinja verbosity warmup
"""
LLAMA_CPP = frozenset(_LANGUAGE.split())

STABLE_DIFFUSION_SOURCE = (
    "read: backend/go/stablediffusion-ggml, gosd.go Load and cpp/gosd.cpp load_model, at v4.9.0"
)
# Any option whose text has both ":" and "path" is joined to the models directory; the two
# directories are joined further down. A bare `diffusion_model` says that parameters.model is the
# diffusion part alone.
_IMAGE = """
    audio_vae_path backend chroma_t5_mask_pad chroma_use_dit_mask chroma_use_t5_mask
    clip_g_path clip_l_path clip_vision_path control_net_path diffusion_conv_direct
    diffusion_flash_attn diffusion_model diffusion_model_path embedding_dir
    embeddings_connectors_path flow_shift force_sdxl_vae_conv_scale
    high_noise_diffusion_model_path keep_clip_on_cpu keep_control_net_on_cpu keep_vae_on_cpu
    llm_path llm_vision_path lora_apply_mode lora_dir max_vram n_threads offload_params_to_cpu
    params_backend photo_maker_path prediction pulid_weights_path rng_type rpc_servers sampler
    sampler_rng_type scheduler stream_layers t5xxl_path tae_preview_only taesd_path
    tensor_type_rules uncond_diffusion_model_path vae_conv_direct vae_path vae_tile_overlap
    vae_tile_size vae_tiling wtype
"""
STABLE_DIFFUSION = frozenset(_IMAGE.split())


_INDEX = "read: backend/index.yaml, as published on 2026-08-22"

_CUDA = {
    Accelerator.CUDA_12: "gpu-nvidia-cuda-12",
    Accelerator.CUDA_13: "gpu-nvidia-cuda-13",
}
_CPU = {Accelerator.CPU: "cpu"}
_ROCM = {Accelerator.ROCM: "gpu-rocm-hipblas"}
_VULKAN = {Accelerator.VULKAN: "gpu-vulkan"}
_L4T_CUDA_13 = {Accelerator.L4T_CUDA_13: "nvidia-l4t-cuda-13-arm64"}
# Compiled engines and Python engines name the same hardware differently.
_COMPILED = {
    **_CPU,
    **_CUDA,
    Accelerator.INTEL: "gpu-intel-sycl-f16",
    **_VULKAN,
    Accelerator.L4T: "nvidia-l4t-arm64",
    **_L4T_CUDA_13,
}
_PYTHON = {**_CUDA, **_ROCM, Accelerator.INTEL: "gpu-intel"}
_PYTHON_L4T = {Accelerator.L4T: "nvidia-l4t"}


def _engine(
    name: str,
    variants: Mapping[Accelerator, str],
    options: frozenset[str] = frozenset(),
    options_source: str = "",
) -> Engine:
    return Engine(
        name=name,
        variants=MappingProxyType({one: variants[one] for one in Accelerator if one in variants}),
        source=_INDEX,
        options=options,
        options_source=options_source,
    )


_ALL = (
    _engine("llama-cpp", {**_COMPILED, **_ROCM}, LLAMA_CPP, options_source=LLAMA_CPP_SOURCE),
    _engine("whisper", {**_COMPILED, **_ROCM}),
    _engine(
        "stablediffusion-ggml",
        _COMPILED,
        STABLE_DIFFUSION,
        options_source=STABLE_DIFFUSION_SOURCE,
    ),
    _engine("parakeet-cpp", {**_COMPILED, **_ROCM}),
    _engine("vllm", {**_CPU, **_PYTHON, **_L4T_CUDA_13}),
    _engine("transformers", _PYTHON),
    _engine("rerankers", _PYTHON),
    _engine("diffusers", {**_CPU, **_PYTHON, **_PYTHON_L4T, **_L4T_CUDA_13}),
    _engine("faster-whisper", {**_CPU, **_PYTHON, **_PYTHON_L4T}),
    _engine("kokoro", {**_CPU, **_PYTHON, **_PYTHON_L4T}),
    _engine("piper", {Accelerator.CPU: ""}),
    _engine("silero-vad", _CPU),
)

ENGINES: Mapping[str, Engine] = MappingProxyType({one.name: one for one in _ALL})
