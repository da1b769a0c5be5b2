"""A declared model that nobody serves; tests/e2e/test_alerts.py evaluates the expressions."""

from components.addons.monitoring.model_alerts import model_alerts
from components.addons.monitoring.scripts.model_check import SERVED
from tests.components.addons.monitoring.watched import (
    alert_names,
    names,
    watched_context,
    watched_parts,
)


def test_a_missing_model_and_a_missing_check_are_told():
    alerts = list(model_alerts(watched_context()))
    assert names(alerts) == ["LocalAIModelNotServed", "LocalAIModelCheckMissing"]
    assert all(f'{SERVED}{{namespace="localai-test"}}' in one.expression for one in alerts)


def test_without_the_check_there_are_no_alerts_on_it():
    assert "LocalAIModelNotServed" in alert_names(*watched_parts())
    assert "LocalAIModelNotServed" not in alert_names(*watched_parts({"modelCheck": False}))
