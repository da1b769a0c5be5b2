from typing import Any

import pytest
from pydantic import ValidationError

from settings.config import SettingsError
from settings.rollout import RolloutSettings
from settings.served import ServedModel
from tests.samples import settings
from tests.settings.test_served import LEAST

PROMETHEUS = "http://prometheus.monitoring.svc:9090"
TRAFFIC = {"host": "digits.example.com"}


def rollout(**fields: Any) -> RolloutSettings:
    return RolloutSettings.model_validate({"prometheus": PROMETHEUS, **fields})


def served(**fields: Any) -> ServedModel:
    given = {"prometheus": PROMETHEUS, "traffic": TRAFFIC, **fields.pop("rollout", {})}
    return ServedModel.model_validate({**LEAST, "rollout": given, **fields})


def test_what_is_not_said_is_a_canary_in_four_steps_and_a_watch():
    found = rollout()

    assert (found.strategy, found.steps) == ("canary", (5, 25, 50, 100))
    assert (found.error_percent, found.p99_milliseconds) == (1, 2000)
    assert found.watch.error_percent == 5
    assert found.judged == (300, 300, 300, 600)
    assert rollout(strategy="blueGreen").judged == (600,)


@pytest.mark.parametrize("steps", [[], [5, 25], [0, 100], [25, 5, 100], [5, 5, 100], [5, 101]])
def test_steps_that_do_not_rise_to_all_requests_are_refused(steps: list[int]):
    with pytest.raises(ValidationError, match="steps"):
        rollout(steps=steps)


@pytest.mark.parametrize(
    "field", [{"errorPercent": 101}, {"errorPercent": -1}, {"p99Milliseconds": 5000},
              {"accuracy": {"samples": {"configMap": "a"}, "points": 51}}],
)  # fmt: skip
def test_a_threshold_that_no_figure_can_reach_is_refused(field: dict[str, Any]):
    with pytest.raises(ValidationError):
        rollout(**field)


def test_blue_green_divides_no_requests():
    with pytest.raises(ValidationError, match="moves all of them at once"):
        rollout(strategy="blueGreen", traffic=TRAFFIC)


def test_accuracy_needs_a_step_in_which_both_versions_have_pods():
    accuracy = {"samples": {"configMap": "digits"}}
    with pytest.raises(ValidationError, match="no pod of the version before is left"):
        rollout(steps=[100], accuracy=accuracy)

    assert rollout(steps=[100], accuracy=accuracy, traffic=TRAFFIC)
    assert rollout(strategy="blueGreen", accuracy=accuracy)


def test_numbers_of_pods_give_no_share_smaller_than_one_pod():
    with pytest.raises(ValidationError, match=r"5 % .* there may be 3"):
        served(rollout={"traffic": None}, replicas={"min": 3, "max": 3})

    assert served(rollout={"traffic": None}, replicas={"min": 20, "max": 20}).rollout
    assert served(rollout={"traffic": None, "steps": [34, 100]}, replicas={"min": 3, "max": 9})
    assert served(replicas={"min": 1, "max": 1}).rollout


def test_an_accuracy_that_is_said_has_to_be_measured():
    with pytest.raises(ValidationError, match=r"its accuracy is 0\.9, and its rollout measures no"):
        served(metrics={"accuracy": "0.9"})

    accuracy = {"samples": {"configMap": "digits"}}
    assert served(metrics={"accuracy": "0.9"}, rollout={"accuracy": accuracy}).rollout


def stack(monitoring: dict[str, Any] | None = None, **rollout: Any) -> Any:
    given = {"prometheus": PROMETHEUS, "traffic": TRAFFIC, **rollout}
    keys = {} if monitoring is None else {"monitoring": monitoring}
    return settings(servedModels={"digits": {**LEAST, "rollout": given}}, **keys)


def test_a_rollout_that_nothing_scrapes_is_refused():
    with pytest.raises(SettingsError, match="which nothing scrapes; add `localai:monitoring`"):
        stack()

    assert stack({})


def test_a_step_with_too_few_scrapes_is_refused():
    with pytest.raises(SettingsError, match=r"after 170 s.*one is every 30 s; use 180 s or more"):
        stack({}, stepSeconds=170)
    with pytest.raises(SettingsError, match="after 100 s"):
        stack({}, watch={"seconds": 100})

    assert stack({"intervalSeconds": 5}, stepSeconds=30, watch={"seconds": 30})
