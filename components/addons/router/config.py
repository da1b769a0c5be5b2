"""What LiteLLM's proxy reads: config.yaml, from routes and settings; nothing else knows its form.

The keys were read in the source of LiteLLM 1.106.2 and run by tests/e2e/test_router.py.

The size of a request has no limit: `max_request_size_mb` is read with a license only (its
proxy/proxy_server.py). One of any size is passed on to a server, which refuses what is too large.
"""

from collections.abc import Iterable
from typing import Any

from components.addons.router.routes import Route
from components.network.router_metrics import METRICS
from models.definition import Kind
from settings.router import RouterSettings, RouteSettings

SERVER_KEY = "LOCALAI_API_KEY"
MASTER_KEY = "LITELLM_MASTER_KEY"
# LiteLLM's own words for what a model is for.
_MODES = {
    Kind.CHAT: "chat",
    Kind.EMBEDDINGS: "embedding",
    Kind.RERANK: "rerank",
    Kind.IMAGE: "image_generation",
    Kind.TRANSCRIPTION: "audio_transcription",
}
# LocalAI's rerank route has Jina's form (core/schema/jina.go); `openai` has none, and `infinity`
# fails on the answer's documents.
_PROVIDERS = {Kind.RERANK: "jina_ai"}
_PROVIDER = "openai"
# LiteLLM counts with a tokenizer of OpenAI's that it carries along (cl100k_base): in languages such
# as Hindi or Thai, several times what a model's own counts. Only what is surely too long is refused
# here; the rest is the server's to refuse.
_MISCOUNT = 4
# The callback in mistakes.py.
MISTAKES = "mistakes.mistakes"
# A check of any other kind would cost a whole image or need a recording.
_CHECKED = (Kind.CHAT, Kind.EMBEDDINGS, Kind.RERANK)


def config(found: Iterable[Route], settings: RouterSettings, answer: int) -> dict[str, Any]:
    """Return the configuration as plain values; every secret is the name of a variable.

    `answer` is the longest answer in seconds.
    """
    return {
        "model_list": [_model(route, settings, answer) for route in found],
        "litellm_settings": _library(answer),
        "router_settings": _router(settings),
        "general_settings": _general(settings),
    }


def _model(route: Route, settings: RouterSettings, answer: int) -> dict[str, Any]:
    limits = settings.models.get(route.name, RouteSettings())
    parameters = {
        "model": f"{_PROVIDERS.get(route.kind, _PROVIDER)}/{route.name}",
        "api_base": route.address,
        "api_key": _variable(SERVER_KEY),
        "timeout": limits.timeout or answer,
        "stream_timeout": min(limits.stream_timeout or settings.stream_timeout, answer),
        "rpm": limits.rpm,
        "tpm": limits.tpm,
    }
    info: dict[str, Any] = {"id": route.identity, "mode": _MODES[route.kind]}
    if route.kind is Kind.CHAT and route.context:
        info["max_input_tokens"] = _MISCOUNT * route.context
    if settings.health_checks and route.kind not in _CHECKED:
        info["disable_background_health_check"] = True
    return {"model_name": route.name, "litellm_params": _given(parameters), "model_info": info}


def _library(answer: int) -> dict[str, Any]:
    return {
        # In this order: what is a client's mistake is counted as one.
        "callbacks": [MISTAKES, "prometheus"],
        "prometheus_metrics_config": [
            {"group": one.setting, "metrics": [one.setting], "include_labels": list(one.labels)}
            for one in METRICS
        ],
        "request_timeout": answer,
        # Without it, `models` of a key is not looked at.
        "enable_post_custom_auth_checks": True,
    }


def _router(settings: RouterSettings) -> dict[str, Any]:
    fallbacks = [{name: list(others)} for name, others in sorted(settings.fallbacks.items())]
    return {
        "num_retries": settings.retries,
        "fallbacks": fallbacks,
        # Without it, a try after a failure goes to the same pool as often as to another.
        "enable_weighted_failover": settings.load_balance,
        # Without it, rpm and tpm only choose between pools and never refuse.
        "optional_pre_call_checks": ["enforce_model_rate_limits"],
        # Without it, max_input_tokens of a model is not looked at.
        "enable_pre_call_checks": True,
        # Without it, a prompt that a server refused as too long is sent to it again: it said 500.
        "retry_policy": {"BadRequestErrorRetries": 0},
    }


def _general(settings: RouterSettings) -> dict[str, Any]:
    checks = settings.health_checks
    return {
        "master_key": _variable(MASTER_KEY),
        # Without a database, LiteLLM answers a wrong key with 400 and a missing one with 500.
        **({} if settings.virtual_keys else _OUR_KEYS),
        "background_health_checks": checks is not None,
        **({"health_check_interval": checks.interval} if checks else {}),
    }


_OUR_KEYS = {"custom_auth": "access.allowed", "custom_auth_run_common_checks": True}


def _variable(name: str) -> str:
    return f"os.environ/{name}"


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
