"""A declared model that is not served; tests/e2e/test_alerts.py evaluates the expressions."""

from components.addons.monitoring.scripts.model_check import ANSWERS, INSTALLED, LISTED
from components.addons.monitoring.stack_alerts import incomplete, model_alerts
from tests.components.addons.monitoring.watched import (
    alert_names,
    names,
    watched_context,
    watched_parts,
)


def test_a_missing_model_and_a_missing_check_are_told():
    alerts = list(model_alerts(watched_context()))
    assert names(alerts) == [
        "LocalAIModelNotListed",
        "LocalAIEngineMissing",
        "LocalAIModelNotAnswering",
        "LocalAIModelCheckMissing",
    ]
    for metric, alert in zip((LISTED, INSTALLED, ANSWERS, LISTED), alerts, strict=True):
        assert f'{metric}{{namespace="localai-test"}}' in alert.expression


def test_the_dashboard_counts_a_name_once_however_it_fails():
    counted = incomplete(watched_context())
    assert counted.count(" or ") == 2
    assert all(metric in counted for metric in (LISTED, INSTALLED, ANSWERS))


def test_without_the_check_there_are_no_alerts_on_it():
    on_the_check = set(names(list(model_alerts(watched_context()))))
    assert on_the_check <= alert_names(*watched_parts())
    assert not on_the_check & alert_names(*watched_parts({"modelCheck": False}))
