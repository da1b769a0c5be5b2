from localai.versions.v4_8_2 import SERVER


def test_the_api_key_and_the_limits_of_memory_are_settings():
    assert {
        "LOCALAI_API_KEY",
        "LOCALAI_MAX_ACTIVE_BACKENDS",
        "LOCALAI_MODELS_CONFIG_FILE",
        "LOCALAI_THREADS",
    } <= SERVER.environment


def test_every_image_says_which_processors_it_is_built_for():
    assert set(SERVER.architectures) == set(SERVER.image_suffixes)
    assert all(set(one) <= {"amd64", "arm64"} for one in SERVER.architectures.values())
