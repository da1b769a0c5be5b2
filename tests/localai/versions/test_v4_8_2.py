from localai.versions.v4_8_2 import SERVER


def test_the_api_key_and_the_limits_of_memory_are_settings():
    assert {
        "LOCALAI_API_KEY",
        "LOCALAI_MAX_ACTIVE_BACKENDS",
        "LOCALAI_MODELS_CONFIG_FILE",
        "LOCALAI_THREADS",
    } <= SERVER.environment


def test_neither_readiness_nor_metrics_prove_that_models_are_served():
    assert not SERVER.health.readiness_proves_models
    assert not SERVER.metrics.tells_errors
