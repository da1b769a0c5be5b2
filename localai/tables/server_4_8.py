"""What a LocalAI 4.8 server reads: its environment, the keys of a model entry, distributed mode."""

from collections.abc import Mapping
from types import MappingProxyType

from localai.release import Distributed

SOURCE = (
    "read: core/cli/run.go, core/config/hardware_defaults.go, core/config/hooks_llamacpp.go, "
    "core/gallery/estimate_warm.go, pkg/model/process.go (copies of mid 2026)"
)

_PATHS = """
    BACKENDS_PATH BACKENDS_SYSTEM_PATH CONFIG_DIR CONFIG_DIR_POLL_INTERVAL DATA_PATH
    GENERATED_CONTENT_PATH MODELS_CONFIG_FILE MODELS_PATH UPLOAD_PATH
"""
_MODELS = """
    CONTEXT_SIZE DISABLE_GUESSING DISABLE_HARDWARE_DEFAULTS F16 LOAD_TO_MEMORY MODELS
    PRELOAD_MODELS PRELOAD_MODELS_CONFIG THREADS
"""
_HTTP = """
    ADDRESS BASE_URL CORS CORS_ALLOW_ORIGINS DISABLE_CSRF DISABLE_HTTP_COMPRESSION
    DISABLE_METRICS_ENDPOINT DISABLE_WEBUI HTTP_COMPRESSION_MIN_LENGTH MACHINE_TAG
    OLLAMA_API_ROOT_ENDPOINT OPEN_RESPONSES_STORE_TTL UPLOAD_LIMIT WEBRTC_ICE_INTERFACES
    WEBRTC_NAT_1TO1_IPS
"""
_ACCESS = """
    ADMIN_EMAIL ALLOW_INSECURE_PUBLIC_BIND API_KEY AUTH AUTH_DATABASE_URL AUTH_HMAC_SECRET
    DEFAULT_API_KEY_EXPIRY DISABLE_API_KEY_REQUIREMENT_FOR_HTTP_GET DISABLE_LOCAL_AUTH
    HTTP_GET_EXEMPTED_ENDPOINTS OIDC_CLIENT_ID OIDC_CLIENT_SECRET OIDC_ISSUER OPAQUE_ERRORS
    REGISTRATION_MODE SUBTLE_KEY_COMPARISON
"""
_ENGINES = """
    AUTOLOAD_BACKEND_GALLERIES AUTOLOAD_GALLERIES AUTO_UPGRADE_BACKENDS BACKEND_DEV_SUFFIX
    BACKEND_GALLERIES BACKEND_IMAGES_BRANCH_TAG BACKEND_IMAGES_RELEASE_TAG
    DISABLE_GALLERY_ENDPOINT DISABLE_PREDOWNLOAD_SCAN EXTERNAL_BACKENDS EXTERNAL_GRPC_BACKENDS
    FORCE_META_BACKEND_CAPABILITY GALLERIES PREFER_DEV_BACKENDS PRELOAD_BACKEND_ONLY
    REQUIRE_BACKEND_INTEGRITY VRAM_WARM_CONCURRENCY VRAM_WARM_LIMIT
"""
_MEMORY = """
    FORCE_BACKEND_SHUTDOWN FORCE_EVICTION_WHEN_BUSY LRU_EVICTION_MAX_RETRIES
    LRU_EVICTION_RETRY_INTERVAL MAX_ACTIVE_BACKENDS MEMORY_RECLAIMER MEMORY_RECLAIMER_THRESHOLD
    MODEL_LOAD_FAILURE_COOLDOWN SINGLE_ACTIVE_BACKEND SIZE_AWARE_EVICTION VRAM_BUDGET WATCHDOG_BUSY
    WATCHDOG_BUSY_TIMEOUT WATCHDOG_IDLE WATCHDOG_IDLE_TIMEOUT WATCHDOG_INTERVAL
"""
_AGENTS = """
    AGENT_HUB_URL AGENT_JOB_RETENTION_DAYS AGENT_POOL_API_KEY AGENT_POOL_API_URL
    AGENT_POOL_CHUNK_OVERLAP AGENT_POOL_COLLECTION_DB_PATH AGENT_POOL_CUSTOM_ACTIONS_DIR
    AGENT_POOL_DATABASE_URL AGENT_POOL_DEFAULT_MODEL AGENT_POOL_EMBEDDING_MODEL
    AGENT_POOL_ENABLE_LOGS AGENT_POOL_ENABLE_SKILLS AGENT_POOL_MAX_CHUNKING_SIZE
    AGENT_POOL_MULTIMODAL_MODEL AGENT_POOL_STATE_DIR AGENT_POOL_TIMEOUT
    AGENT_POOL_TRANSCRIPTION_LANGUAGE AGENT_POOL_TRANSCRIPTION_MODEL AGENT_POOL_TTS_MODEL
    AGENT_POOL_VECTOR_ENGINE DISABLE_AGENTS DISABLE_ASSISTANT DISABLE_MCP MITM_CA_DIR MITM_LISTEN
    PII_DEFAULT_DETECTORS
"""
_LOGS = """
    DEBUG DISABLE_RUNTIME_SETTINGS ENABLE_TRACING LOG_DEDUP LOG_FORMAT LOG_LEVEL
    TRACING_MAX_BODY_BYTES TRACING_MAX_ITEMS
"""
_CLUSTER = """
    AUTO_APPROVE_NODES DISTRIBUTED DISTRIBUTED_PREFIX_CACHE DISTRIBUTED_PREFIX_CACHE_TTL
    DISTRIBUTED_REQUIRE_AUTH DISTRIBUTED_SHARED_MODELS EXPOSE_NODE_HEADER FEDERATED INSTANCE_ID
    MODEL_SCHEDULING MODEL_SCHEDULING_CONFIG NATS_ACCOUNT_SEED NATS_BACKEND_INSTALL_TIMEOUT
    NATS_BACKEND_UPGRADE_TIMEOUT NATS_REQUIRE_AUTH NATS_SERVICE_JWT NATS_SERVICE_SEED NATS_TLS_CA
    NATS_TLS_CERT NATS_TLS_KEY NATS_URL NATS_WORKER_JWT_TTL P2P P2P_DHT_INTERVAL P2P_NETWORK_ID
    P2P_OTP_INTERVAL P2P_TOKEN REGISTRATION_REQUIRE_AUTH REGISTRATION_TOKEN STORAGE_ACCESS_KEY
    STORAGE_BUCKET STORAGE_REGION STORAGE_SECRET_KEY STORAGE_URL
"""
_GROUPS = (_PATHS, _MODELS, _HTTP, _ACCESS, _ENGINES, _MEMORY, _AGENTS, _LOGS, _CLUSTER)

ENVIRONMENT = frozenset(f"LOCALAI_{name}" for group in _GROUPS for name in group.split())

CLOSED_DOORS: Mapping[str, str] = MappingProxyType(
    {
        # Nobody installs, changes or deletes models, engines or settings at run time.
        "LOCALAI_DISABLE_GALLERY_ENDPOINT": "true",
        "LOCALAI_DISABLE_RUNTIME_SETTINGS": "true",
        "LOCALAI_DISABLE_WEBUI": "true",
        "LOCALAI_GALLERIES": "[]",
        "LOCALAI_BACKEND_GALLERIES": "[]",
        "LOCALAI_AUTOLOAD_GALLERIES": "false",
        "LOCALAI_AUTOLOAD_BACKEND_GALLERIES": "false",
        "LOCALAI_AUTO_UPGRADE_BACKENDS": "false",
        "LOCALAI_PREFER_DEV_BACKENDS": "false",
        "LOCALAI_REQUIRE_BACKEND_INTEGRITY": "true",
        # Nothing runs commands or keeps state beside the models.
        "LOCALAI_DISABLE_AGENTS": "true",
        "LOCALAI_DISABLE_ASSISTANT": "true",
        "LOCALAI_DISABLE_MCP": "true",
        # The same entry behaves the same on every node; both compare with exactly "true".
        "LOCALAI_DISABLE_GUESSING": "true",
        "LOCALAI_DISABLE_HARDWARE_DEFAULTS": "true",
        # No calls to the outside at start, no insight into the inside.
        "LOCALAI_VRAM_WARM_LIMIT": "0",
    }
)


FIELDS_SOURCE = "read: core/config/model_config.go, core/schema/prediction.go (copies of mid 2026)"

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


_FRONT_END = """
    AUTH AUTH_DATABASE_URL AUTH_HMAC_SECRET AUTO_APPROVE_NODES DISABLE_LOCAL_AUTH DISTRIBUTED
    DISTRIBUTED_REQUIRE_AUTH DISTRIBUTED_SHARED_MODELS NATS_ACCOUNT_SEED NATS_SERVICE_JWT
    NATS_SERVICE_SEED NATS_URL REGISTRATION_MODE REGISTRATION_TOKEN
"""
_WORKER = """
    ADVERTISE_ADDR ADVERTISE_HTTP_ADDR BACKENDS_PATH BACKENDS_SYSTEM_PATH BACKEND_GALLERIES
    DISTRIBUTED_REQUIRE_AUTH GALLERIES HEARTBEAT_INTERVAL HTTP_ADDR MODELS_PATH NATS_URL NODE_LABELS
    NODE_NAME REGISTER_TO REGISTRATION_TOKEN REQUIRE_BACKEND_INTEGRITY SERVE_ADDR
"""

# Of 4.8 and 4.9: front ends dial their workers. Copies of the source after v4.9.0 let a worker
# dial out instead (LOCALAI_WORKER_TUNNEL): that is another table.
DISTRIBUTED = Distributed(
    verb="worker",
    file_port=50050,
    grpc_port=50051,
    readiness="/readyz",
    liveness="/healthz",
    scratch=("/staging", "/cache"),
    own_path="/api/node",
    front_end=frozenset(f"LOCALAI_{name}" for name in _FRONT_END.split()),
    worker=frozenset(f"LOCALAI_{name}" for name in _WORKER.split()),
    sources=MappingProxyType(
        {
            "verb": "read: core/cli/worker.go: WorkerCMD",
            "file_port": "read: core/cli/worker.go: resolveHTTPAddr, one below the gRPC port",
            "grpc_port": "read: core/cli/worker.go: LOCALAI_SERVE_ADDR; startBackend counts up",
            "readiness": "read: docs/content/features/distributed-mode.md: /readyz, the file port",
            "liveness": "read: the same",
            "scratch": "read: core/cli/worker.go: Run; subscribeFileStaging",
            "own_path": "read: core/http/routes/nodes.go: RegisterNodeSelfServiceRoutes",
            "front_end": "read: core/cli/run.go, groups auth and distributed (copies of 2026)",
            "worker": "read: core/cli/worker.go, core/services/worker/config.go (copies of 2026)",
        }
    ),
)
