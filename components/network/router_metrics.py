"""What a router counts: the metrics we ask LiteLLM for, under the names Prometheus sees.

Names, labels and units were read off /metrics of LiteLLM 1.106.2 after real requests; the test
tests/e2e/test_router.py does so again. Without a list LiteLLM labels every series with the address
and the program of the caller and, where the key was wrong, with that key. Not in the add-on of the
router, as monitoring and scaling read these names too.
"""

from dataclasses import dataclass
from enum import StrEnum

# Prometheus asks here, with the master key as its bearer token.
PATH = "/metrics/"


class Type(StrEnum):
    """How a metric moves."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: `setting` is LiteLLM's name for it, `labels` are those it is asked to keep.

    `requested_model` is what the client sent, `model_id` is `<pool>.<name>` or empty.
    """

    setting: str
    type: Type
    labels: tuple[str, ...]
    meaning: str

    @property
    def name(self) -> str:
        """Return the name in Prometheus; a histogram's series end in _bucket, _sum and _count."""
        return f"{self.setting}_total" if self.type is Type.COUNTER else self.setting


_ROUTE = ("requested_model", "model_id")

REQUESTS = Metric(
    setting="litellm_proxy_total_requests_metric",
    type=Type.COUNTER,
    labels=(*_ROUTE, "status_code"),
    meaning="Answers to clients, by HTTP status; errors of ours are those with 5xx.",
)
LATENCY = Metric(
    setting="litellm_request_total_latency_metric",
    type=Type.HISTOGRAM,
    labels=_ROUTE,
    meaning="Seconds from a request to the end of its answer; successful ones only.",
)
SERVER_LATENCY = Metric(
    setting="litellm_llm_api_latency_metric",
    type=Type.HISTOGRAM,
    labels=_ROUTE,
    meaning="Seconds of that which the server took.",
)
FIRST_TOKEN = Metric(
    setting="litellm_llm_api_time_to_first_token_metric",
    type=Type.HISTOGRAM,
    labels=_ROUTE,
    meaning="Seconds to the first token of a streamed answer; others are not counted.",
)
INPUT_TOKENS = Metric(
    setting="litellm_input_tokens_metric",
    type=Type.COUNTER,
    labels=_ROUTE,
    meaning="Tokens of questions.",
)
OUTPUT_TOKENS = Metric(
    setting="litellm_output_tokens_metric",
    type=Type.COUNTER,
    labels=_ROUTE,
    meaning="Tokens of answers.",
)
SERVER_REQUESTS = Metric(
    setting="litellm_deployment_total_requests",
    type=Type.COUNTER,
    labels=_ROUTE,
    meaning="Requests to servers; retries and fallbacks count each.",
)
SERVER_FAILURES = Metric(
    setting="litellm_deployment_failure_responses",
    type=Type.COUNTER,
    labels=(*_ROUTE, "exception_status"),
    meaning="Those of them that failed; `model_id` is empty where no server was asked.",
)
SERVER_STATE = Metric(
    setting="litellm_deployment_state",
    type=Type.GAUGE,
    labels=("litellm_model_name", "model_id"),
    meaning="0 healthy, 1 partly failing, 2 out; only after the first request for a model.",
)
FALLBACKS = Metric(
    setting="litellm_deployment_successful_fallbacks",
    type=Type.COUNTER,
    labels=("requested_model", "fallback_model"),
    meaning="Requests that another model answered.",
)
FAILED_FALLBACKS = Metric(
    setting="litellm_deployment_failed_fallbacks",
    type=Type.COUNTER,
    labels=("requested_model", "fallback_model"),
    meaning="Requests that another model was asked to answer and could not.",
)
IN_FLIGHT = Metric(
    setting="litellm_in_flight_requests",
    type=Type.GAUGE,
    labels=(),
    meaning="Requests that one pod of the router is answering, this one of Prometheus included.",
)

METRICS = (
    REQUESTS,
    LATENCY,
    SERVER_LATENCY,
    FIRST_TOKEN,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    SERVER_REQUESTS,
    SERVER_FAILURES,
    SERVER_STATE,
    FALLBACKS,
    FAILED_FALLBACKS,
    IN_FLIGHT,
)
