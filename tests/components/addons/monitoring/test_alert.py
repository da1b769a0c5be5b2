"""An alert says how long it must hold, how urgent it is, and what to do."""

from components.addons.monitoring.alerts import Alert, Severity
from tests.samples import context

ALERT = Alert(
    name="One", expression="up == 0", minutes=5, severity=Severity.WARNING, summary="s", cure="c"
)


def test_a_rule_carries_its_stack_so_that_it_reaches_the_right_people():
    assert ALERT.to_dict(context(), pool="chat") == {
        "alert": "One",
        "expr": "up == 0",
        "for": "5m",
        "labels": {"severity": "warning", "stack": "test", "pool": "chat"},
        "annotations": {"summary": "s", "description": "c"},
    }
