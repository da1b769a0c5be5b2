from typing import Any

import pytest

from sandbox.plugins.conditions import JsonPathError, values

LIVE = {
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    "metadata": {"labels": {"a.b/c": "x"}},
    "list": [1, 2, 3],
}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("{.status.phase}", ["Running"]),
        ("$.status.phase", ["Running"]),
        (".status.absent", []),
        ("{.list[0]}", [1]),
        ("{.list[-1]}", [3]),
        ("{.list[*]}", [1, 2, 3]),
        ("{.list[9]}", []),
        ("{.metadata.labels['a.b/c']}", ["x"]),
        ('{.status.conditions[?(@.type=="Ready")].status}', ["True"]),
        ("{.status.conditions[?@.type=='Synced'].status}", []),
    ],
)
def test_an_expression_selects(expression: str, found: list[Any]) -> None:
    assert values(expression, LIVE) == found


def test_what_is_not_supported_is_refused() -> None:
    with pytest.raises(JsonPathError, match="cannot read"):
        values("{..phase}", LIVE)
