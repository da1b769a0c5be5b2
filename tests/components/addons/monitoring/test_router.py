"""What clients get at the router; tests/e2e/test_alerts.py evaluates the expressions."""

from components.addons.monitoring.stack_alerts import MODEL, failing, router_alerts, slow
from components.network import router_metrics
from tests.components.addons.monitoring.watched import names, watched_context


def test_a_router_tells_errors_and_the_first_token():
    found = names(list(router_alerts(watched_context())))
    assert found == ["LocalAIRequestsFailing", "LocalAIFirstTokenSlow"]


def test_the_labels_are_those_that_the_router_keeps():
    assert {MODEL, "status_code"} <= set(router_metrics.REQUESTS.labels)
    assert MODEL in router_metrics.FIRST_TOKEN.labels


def test_the_limits_are_settings():
    context = watched_context({"alerts": {"failingPercent": 1, "firstTokenSeconds": 9}})
    assert failing(context).expression.endswith(" > 1")
    assert slow(context).expression.endswith(" > 9")
