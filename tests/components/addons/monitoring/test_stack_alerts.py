"""Does the cluster converge on what Git says: the operator's word, or Argo CD's."""

from components.addons.monitoring.stack_alerts import stack_alerts
from tests.components.addons.anythingllm.stacks import BACKUP as COPIES
from tests.components.addons.anythingllm.stacks import application_args
from tests.components.addons.mlflow.stacks import WHOLE
from tests.components.addons.monitoring.watched import CHART, names, watched_context
from tests.samples import KEY

QDRANT = {"qdrant": CHART}


def test_nothing_is_said_of_a_delivery_that_nobody_named():
    assert list(stack_alerts(watched_context())) == []


def test_the_operator_is_asked_for_its_stack():
    (alert,) = stack_alerts(watched_context({"deliveredBy": "main-test"}))
    assert alert.name == "LocalAIStackFailing"
    assert '"main-test"' in alert.expression


def test_argo_cd_is_asked_for_the_application_of_a_rendered_stack():
    context = watched_context({"deliveredBy": "main-test"}, delivery="rendered", apiKey=KEY)
    (alert,) = stack_alerts(context)
    assert alert.name == "LocalAIOutOfSync"
    assert 'name=~"main-test"' in alert.expression


def test_charts_are_watched_under_the_names_of_their_applications():
    (alert,) = stack_alerts(watched_context(charts=QDRANT))
    assert 'name=~"localai-test-qdrant"' in alert.expression


def test_a_stack_of_the_operator_with_charts_has_both():
    alerts = list(stack_alerts(watched_context({"deliveredBy": "main-test"}, charts=QDRANT)))
    assert names(alerts) == ["LocalAIStackFailing", "LocalAIOutOfSync"]


def test_a_registry_of_models_is_watched_and_its_backup_where_it_has_one():
    without = {key: value for key, value in WHOLE.items() if key != "backup"}
    assert names([*stack_alerts(watched_context(mlflow=without))]) == ["LocalAIRegistryDown"]
    assert names([*stack_alerts(watched_context(mlflow=WHOLE))]) == [
        "LocalAIRegistryDown", "LocalAIRegistryBackupFailing",
    ]  # fmt: skip


def test_a_chat_application_is_watched_and_the_proof_of_its_copies():
    assert names([*stack_alerts(application_args().context)]) == ["LocalAIAnythingLLMDown"]
    found = [*stack_alerts(application_args(backup={**COPIES, "provenDays": 3}).context)]
    assert names(found) == [
        "LocalAIAnythingLLMDown", "LocalAIAnythingLLMBackupFailing",
        "LocalAIAnythingLLMBackupUnproven",
    ]  # fmt: skip
    assert "> 259200" in found[-1].expression
