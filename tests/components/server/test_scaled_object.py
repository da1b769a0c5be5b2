"""What KEDA asks Prometheus, and between which bounds it scales."""

from typing import Any

import pytest

from components.network.router_metrics import LATENCY, REQUESTS
from components.parts.part import plain
from components.pool.pool import Pool
from components.server.scaling import query, scaled_object, trigger
from gitops.validation.custom_resources.findings import resource_findings
from tests.samples import pool

PROMETHEUS = "http://prometheus.monitoring.svc:9090"
STACK = {"router": {}, "scaling": {"prometheus": PROMETHEUS}}


def routed(**fields: Any) -> Pool:
    scaling = {"min": 0, "max": 3, **(fields or {"requests": 4})}
    aliases = {"assistant": "qwen3-0.6b"}
    return pool(stack_fields=STACK, scaling=scaling, aliases=aliases)


def spec(found: Pool) -> dict[str, Any]:
    assert found.settings.scaling
    return plain(scaled_object(found, found.settings.scaling, PROMETHEUS))["spec"]


def asked(found: Pool) -> str:
    assert found.settings.scaling
    return query(found, found.settings.scaling)


def test_the_definition_of_keda_takes_it():
    found = routed()
    assert found.settings.scaling
    manifest = plain(scaled_object(found, found.settings.scaling, PROMETHEUS))

    assert (manifest["apiVersion"], manifest["kind"]) == ("keda.sh/v1alpha1", "ScaledObject")
    assert list(resource_findings(manifest)) == []


def test_it_scales_the_deployment_of_its_pool_down_to_nothing():
    found = spec(routed())

    assert found["scaleTargetRef"]["name"] == "localai-chat"
    assert (found["minReplicaCount"], found["maxReplicaCount"]) == (0, 3)


def test_a_pool_sleeps_only_after_the_longest_answer():
    slow = pool(
        stack_fields={**STACK, "server": {"version": "v4.9.0", "longestAnswer": 1800}},
        scaling={"min": 0, "max": 3, "requests": 4, "warmUpSeconds": 10},
    )

    assert spec(slow)["cooldownPeriod"] == 1920


def test_without_figures_one_pod_at_least_serves():
    assert spec(routed())["fallback"]["replicas"] == 1
    assert spec(routed(min=2, requests=4))["fallback"]["replicas"] == 2


def test_what_it_goes_by_is_counted_with_the_labels_it_asks_for():
    assert LATENCY.labels == ("requested_model", "model_id")
    assert "requested_model" in REQUESTS.labels


def test_requests_in_service_are_the_seconds_they_took_per_second():
    words = asked(routed())

    labels = 'namespace="localai-test",model_id=~"chat[.].+"'
    assert f"rate(litellm_request_total_latency_metric_sum{{{labels}}}[2m])" in words


@pytest.mark.parametrize("target", [{"requests": 4}, {"perMinute": 30}])
def test_any_request_for_a_model_or_an_alias_wakes_the_pool(target: dict[str, int]):
    words = asked(routed(**target))

    assert 'requested_model=~"qwen3-0[.]6b|assistant"' in words


@pytest.mark.parametrize("target", [{"requests": 4}, {"perMinute": 30}])
def test_one_pod_is_for_as_much_as_the_target_says(target: dict[str, int]):
    found = routed(**target)
    assert found.settings.scaling
    metadata = trigger(found, found.settings.scaling, PROMETHEUS)["metadata"]

    assert metadata["threshold"] == str(next(iter(target.values())))
    assert metadata["serverAddress"] == PROMETHEUS
    assert all(isinstance(value, str) for value in metadata.values())
