"""The keys that LocalAI 4.8 reads in a model entry."""

SOURCE = "read: core/config/model_config.go, core/schema/prediction.go (copies of mid 2026)"

_TOP = """
    name backend description usage alias disabled pinned embeddings reranking
    known_usecases known_input_modalities known_output_modalities
    f16 threads debug cuda step options overrides feature_flags concurrency_groups
    system_prompt context_size gpu_layers mmap mmlock low_vram tensor_split main_gpu numa
    rms_norm_eps ngqa prompt_cache_path prompt_cache_all prompt_cache_ro
    mirostat mirostat_eta mirostat_tau grammar stopwords cutstrings extract_regex trimspace
    trimsuffix lora_adapter lora_adapters lora_base lora_scale lora_scales no_mulmatq draft_model
    n_draft quantization load_format gpu_memory_utilization trust_remote_code enforce_eager
    swap_space max_model_len tensor_parallel_size disable_log_stats dtype engine_args mmproj
    flash_attention no_kv_offloading cache_type_k cache_type_v rope_scaling type yarn_ext_factor
    yarn_attn_factor yarn_beta_fast yarn_beta_slow cfg_scale roles reasoning reasoning_effort
    chat_template_kwargs function pipeline mcp agent pii pii_detection router proxy mitm artifacts
"""

_NESTED = {
    "parameters": """
        model language translate n top_p top_k min_p temperature max_tokens echo batch ignore_eos
        repeat_penalty repeat_last_n n_keep frequency_penalty presence_penalty tfz typical_p seed
        logprobs top_logprobs logit_bias negative_prompt rope_freq_base rope_freq_scale
        negative_prompt_scale clip_skip tokenizer encoding_format
    """,
    "template": """
        chat chat_message completion edit function use_tokenizer_template
        join_chat_messages_by_character multimodal reply_prefix
    """,
    "download_files": "filename sha256 uri",
    "grpc": "attempts attempts_sleep_time",
    "limits": "max_concurrent retry_after_seconds",
    "limit_mm_per_prompt": "image video audio",
    "diffusers": """
        cuda pipeline_type scheduler_type enable_parameters img2img clip_skip clip_model
        clip_subfolder control_net
    """,
    "tts": "voice audio_path voice_cloning",
}

MODEL_FIELDS = frozenset(
    [
        *_TOP.split(),
        *_NESTED,
        *(f"{group}.{name}" for group, names in _NESTED.items() for name in names.split()),
    ]
)
