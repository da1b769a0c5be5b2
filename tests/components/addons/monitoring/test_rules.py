"""Rules are objects of the stack, and of each pool one more."""

from components.addons.monitoring.alerts import Alert, Severity, pool_rule, stack_rule
from tests.components.addons.monitoring.watched import watched_context, watched_pool

ALERT = Alert(
    name="One", expression="up == 0", minutes=5, severity=Severity.CRITICAL, summary="s", cure="c"
)


def test_the_rules_of_a_stack_are_one_group():
    rule = stack_rule(watched_context(), [ALERT]).to_dict()
    (group,) = rule["spec"]["groups"]
    assert (rule["metadata"]["name"], group["name"]) == ("localai", "test")
    assert group["rules"] == [ALERT.to_dict(watched_context())]


def test_the_rules_of_a_pool_are_its_own_object_and_name_the_pool():
    rule = pool_rule(watched_pool(), [ALERT]).to_dict()
    (group,) = rule["spec"]["groups"]
    assert rule["metadata"]["name"] == "localai-chat"
    assert rule["metadata"]["labels"]["localai.gitops/pool"] == "chat"
    assert group["name"] == "test-chat"
    assert group["rules"][0]["labels"]["pool"] == "chat"
