"""That the names are those LiteLLM uses is seen in tests/e2e/test_router.py."""

from components.network.router_metrics import IN_FLIGHT, METRICS, REQUESTS, Type

# What a caller can choose freely, or what tells who called.
FREE = {"hashed_api_key", "client_ip", "user_agent", "end_user", "user", "route"}


def test_a_counter_ends_as_prometheus_ends_it():
    assert REQUESTS.name == "litellm_proxy_total_requests_metric_total"
    assert IN_FLIGHT.name == "litellm_in_flight_requests"


def test_no_label_is_one_that_a_caller_fills():
    assert not [metric for metric in METRICS if FREE & set(metric.labels)]


def test_every_metric_of_requests_tells_the_model_and_the_pool():
    per_route = [one for one in METRICS if {"requested_model", "model_id"} <= set(one.labels)]

    assert {one.type for one in per_route} == {Type.COUNTER, Type.HISTOGRAM}
    assert len(per_route) == 8


def test_no_metric_is_asked_for_twice():
    assert len({metric.setting for metric in METRICS}) == len(METRICS)
