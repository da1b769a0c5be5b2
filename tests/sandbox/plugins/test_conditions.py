import pytest

from sandbox.plugins.conditions import WaitForError, expressions, met
from sandbox.plugins.properties import Properties

LIVE: Properties = {
    "status": {
        "health": {"status": "Healthy"},
        "count": 2,
        "conditions": [{"type": "Ready", "status": "True"}],
    }
}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("jsonpath={.status.health.status}=Healthy", True),
        ("jsonpath={.status.health.status}=Degraded", False),
        ("jsonpath={.status.count}=2", True),
        ("jsonpath={.status.health}", True),
        ("jsonpath={.status.absent}", False),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', True),
        ("condition=Ready", True),
        ("condition=Ready=False", False),
        ("condition=Synced", False),
    ],
)
def test_a_condition_is_met(expression: str, *, holds: bool) -> None:
    assert met(expression, LIVE) is holds


def test_a_list_holds_several_conditions() -> None:
    both = ["condition=Ready", "jsonpath={.a}=b"]
    assert expressions('["condition=Ready", "jsonpath={.a}=b"]') == both


@pytest.mark.parametrize("annotation", ["Ready", "[1", '["Ready"]'])
def test_another_form_is_refused(annotation: str) -> None:
    with pytest.raises(WaitForError):
        expressions(annotation)
