"""What is run in tests/e2e/test_router.py is not said again here: only what decides."""

from typing import Any

from components.addons.router.config import config
from components.addons.router.routes import routes
from components.network.router_metrics import METRICS
from tests.components.addons.router.stacks import router_args
from tests.samples import KEY


def made(**router: Any) -> dict[str, Any]:
    args = router_args(**router)
    return config(routes(args.pools), args.settings, 100)


def models(**router: Any) -> dict[str, dict[str, Any]]:
    return {one["model_name"]: one for one in made(**router)["model_list"]}


def test_every_kind_of_model_goes_through_a_provider_that_speaks_its_form():
    found = models()

    assert {name: one["litellm_params"]["model"].split("/")[0] for name, one in found.items()} == {
        "assistant": "openai",
        "qwen3-0.6b": "openai",
        "nomic-embed-text-v1.5": "openai",
        "jina-reranker-v1-tiny-en": "jina_ai",
        "sd-1.5": "openai",
        "whisper-base": "openai",
    }
    assert {one["model_info"]["mode"] for one in found.values()} == {
        "chat", "embedding", "rerank", "image_generation", "audio_transcription",
    }  # fmt: skip


def test_a_server_is_asked_for_the_name_that_the_client_sent():
    assert models()["assistant"]["litellm_params"]["model"] == "openai/assistant"


def test_no_key_stands_in_it():
    text = str(made(masterKey=KEY, keys={"app": KEY}))

    assert KEY["secret"] not in text.replace("os.environ", "")
    assert {one["litellm_params"]["api_key"] for one in models().values()} == {
        "os.environ/LOCALAI_API_KEY"
    }


def test_a_model_has_limits_of_its_own_or_those_of_the_router():
    found = models(models={"assistant": {"timeout": 7, "rpm": 3}})
    own, other = (found[name]["litellm_params"] for name in ("assistant", "qwen3-0.6b"))

    assert (own["timeout"], own["stream_timeout"], own["rpm"]) == (7, 100, 3)
    assert (other["timeout"], "rpm" in other, "tpm" in other) == (100, False, False)


def test_limits_refuse_instead_of_only_choosing():
    assert made()["router_settings"]["optional_pre_call_checks"] == ["enforce_model_rate_limits"]


def test_a_chat_that_surely_is_too_long_is_refused_and_an_input_is_never_counted():
    found = {name: one["model_info"].get("max_input_tokens") for name, one in models().items()}

    # LiteLLM may count four times what the model does; and it adds the inputs of a request up.
    assert found.pop("qwen3-0.6b") == found.pop("assistant") == 4 * 8192
    assert set(found.values()) == {None}
    assert made()["router_settings"]["enable_pre_call_checks"] is True


def test_what_a_server_refuses_as_too_long_is_counted_as_the_clients_mistake_and_not_sent_again():
    found = made()

    assert found["litellm_settings"]["callbacks"] == ["mistakes.mistakes", "prometheus"]
    assert found["router_settings"]["retry_policy"] == {"BadRequestErrorRetries": 0}


def test_fallbacks_are_data():
    found = made(fallbacks={"qwen3-0.6b": ["assistant"]}, retries=4)["router_settings"]

    assert found["fallbacks"] == [{"qwen3-0.6b": ["assistant"]}]
    assert found["num_retries"] == 4


def test_a_try_after_a_failure_goes_to_another_pool_where_there_is_one():
    assert made(loadBalance=True)["router_settings"]["enable_weighted_failover"] is True


def test_only_the_labels_that_we_know_are_counted():
    found = made()["litellm_settings"]["prometheus_metrics_config"]

    assert [one["metrics"] for one in found] == [[metric.setting] for metric in METRICS]
    assert all("hashed_api_key" not in one["include_labels"] for one in found)


def test_keys_that_we_declare_are_looked_at_by_our_own_rules():
    general = made()["general_settings"]

    assert general["custom_auth"] == "access.allowed"
    assert general["custom_auth_run_common_checks"] is True


def test_keys_that_operators_hand_out_are_looked_up_by_litellm():
    assert (
        "custom_auth"
        not in made(virtualKeys=True, database={"url": KEY, "namespace": "db"})["general_settings"]
    )


def test_nobody_checks_the_health_of_models_unless_asked():
    assert made()["general_settings"]["background_health_checks"] is False
    assert made(healthChecks={"interval": 60})["general_settings"]["health_check_interval"] == 60


def test_no_check_costs_an_image_or_wants_a_recording():
    found = models(healthChecks={})
    skipped = {
        n for n, one in found.items() if "disable_background_health_check" in one["model_info"]
    }

    assert skipped == {"sd-1.5", "whisper-base"}


def test_no_path_and_no_undeclared_name_is_passed_on_to_a_server():
    text = str(found := made())

    assert "pass_through" not in text
    assert not set(found["general_settings"]) & {"public_routes", "allow_client_side_credentials"}
    assert not set(found["router_settings"]) & {"default_fallbacks", "model_group_alias"}
    # A star in a name is a pattern: LiteLLM would send whatever fits it.
    assert not [name for name in models() if "*" in name or "/" in name]
    addresses = {one["litellm_params"]["api_base"] for one in found["model_list"]}
    assert all(address.endswith("/v1") for address in addresses)
