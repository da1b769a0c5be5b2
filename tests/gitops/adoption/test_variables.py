from gitops.adoption.workload import SecretKey, spellings, variables


def test_a_variable_has_a_name_with_and_without_the_prefix():
    told = variables({"env": [{"name": "THREADS", "value": "6"}]}, {})

    assert told.number("LOCALAI_THREADS") == 6
    assert "API_KEY" in spellings("LOCALAI_API_KEY")


def test_a_key_of_a_secret_stays_a_name():
    source = {"secretKeyRef": {"name": "keys", "key": "localai"}}
    told = variables({"env": [{"name": "API_KEY", "valueFrom": source}]}, {})

    assert told.reference("LOCALAI_API_KEY") == SecretKey(secret="keys", key="localai")
    assert told.text("LOCALAI_API_KEY") is None


def test_variables_come_from_config_maps_too():
    maps = {"told": {"data": {"CONTEXT_SIZE": "512", "F16": "true"}}}
    one = {"name": "THREADS", "valueFrom": {"configMapKeyRef": {"name": "told", "key": "absent"}}}
    told = variables({"envFrom": [{"configMapRef": {"name": "told"}}], "env": [one]}, maps)

    assert told.number("LOCALAI_CONTEXT_SIZE") == 512
    assert told.is_on("LOCALAI_F16")
    assert told.number("LOCALAI_THREADS") is None


def test_a_secret_of_variables_is_named_and_not_read():
    assert variables({"envFrom": [{"secretRef": {"name": "all"}}]}, {}).sealed == ("all",)


def test_arguments_are_variables_and_models():
    told = variables({"args": ["run", "--threads=8", "--models-path", "/m", "phi-2", "--f16"]}, {})

    assert told.number("LOCALAI_THREADS") == 8
    assert told.text("LOCALAI_MODELS_PATH") == "/m"
    assert told.is_on("LOCALAI_F16")
    assert told.models == ("phi-2",)


def test_a_text_is_no_number():
    assert variables({"args": ["--threads=many"]}, {}).number("LOCALAI_THREADS") is None
