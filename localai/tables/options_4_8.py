"""The names that engines of LocalAI 4.8 understand in a model's `options:` list."""

LLAMA_CPP_SOURCE = "backend/cpp/llama-cpp/grpc-server.cpp, params_parse (a copy of mid 2026)"
# Written `name:value`; a bare name means true. Further entries that begin with `-` go to
# llama-server as they are.
_LANGUAGE = """
    cache_idle_slots cache_ram cache_reuse check_tensors checkpoint_min_step cont_batching
    context_shift ctx_checkpoints device devices direct_io draft_gpu_layers draft_max draft_min
    draft_p_min embd_normalize fit fit_ctx fit_params fit_params_min_ctx fit_params_target
    grpc_servers image_max_tokens image_min_tokens jinja kv_unified mmproj_offload mmproj_use_gpu
    n_cache_reuse n_ctx_checkpoints n_parallel n_ubatch no_op_offload override_tensor parallel
    pooling pooling_type prefill_assistant reasoning_budget reasoning_format rpc_servers
    slot_prompt_similarity sm spec_n_max spec_n_min spec_p_min spec_type split_mode sps swa_full
    tensor_buft_overrides threads_batch ubatch unified_kv use_jinja verbosity warmup
"""
LLAMA_CPP = frozenset(_LANGUAGE.split())

STABLE_DIFFUSION_SOURCE = (
    "backend/go/stablediffusion-ggml: gosd.go Load, cpp/gosd.cpp load_model (copies of 2026)"
)
# Any option whose text has both ":" and "path" is joined to the models directory; the two
# directories are joined further down.
_IMAGE_PATHS = """
    clip_g_path clip_l_path clip_vision_path control_net_path diffusion_model_path embedding_dir
    high_noise_diffusion_model_path llm_path llm_vision_path lora_dir photo_maker_path t5xxl_path
    taesd_path vae_path
"""
STABLE_DIFFUSION_PATHS = frozenset(_IMAGE_PATHS.split())
# A bare `diffusion_model` says that parameters.model is the diffusion part alone.
_IMAGE = """
    chroma_t5_mask_pad chroma_use_dit_mask chroma_use_t5_mask diffusion_conv_direct
    diffusion_flash_attn diffusion_model flow_shift force_sdxl_vae_conv_scale keep_clip_on_cpu
    keep_control_net_on_cpu keep_vae_on_cpu lora_apply_mode n_threads offload_params_to_cpu
    prediction rng_type sampler sampler_rng_type scheduler tae_preview_only tensor_type_rules
    vae_conv_direct vae_decode_only wtype
"""
STABLE_DIFFUSION = STABLE_DIFFUSION_PATHS | frozenset(_IMAGE.split())
