"""What a stack file may say of its monitoring."""

import pytest
from pydantic import ValidationError

from settings.monitoring import MonitoringSettings
from tests.samples import settings


def test_a_stack_is_not_watched_unless_it_says_so():
    assert settings().monitoring is None


def test_an_empty_mapping_is_enough_for_kube_prometheus_stack():
    found = MonitoringSettings()
    assert settings(monitoring={}).monitoring == found
    assert found.namespace == "monitoring"
    assert found.scraper == {"app.kubernetes.io/name": "prometheus"}


@pytest.mark.parametrize(
    "fields",
    [
        {"intervalSeconds": 1},
        {"namespace": "Monitoring"},
        {"alerts": {"failingPercent": 0}},
        {"alerts": {"claimFreePercent": 100}},
        {"labels": {"a b": "c"}},
        {"unknown": True},
    ],
)
def test_what_no_prometheus_can_use_is_refused(fields: dict[str, object]):
    with pytest.raises(ValidationError):
        MonitoringSettings.model_validate(fields)
