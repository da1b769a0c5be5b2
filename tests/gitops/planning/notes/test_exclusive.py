"""Fields that exclude each other are known, and a plan says where a change swaps them."""

from dataclasses import replace
from typing import Any

import pytest

from gitops.planning.notes.exclusive import exclusive_notes, turns
from gitops.planning.plan import stack_plan
from gitops.planning.rendering.rendering import Rendering
from tests.gitops.stacks import rendered, stack_file

SIDES: dict[str, tuple[Any, Any]] = {
    "a variable": (
        {"env": [{"name": "A", "value": "a"}]},
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]},
    ),
    "a source of a variable": (
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {}}}]},
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]},
    ),
    "a strategy": ({"strategy": {"type": "RollingUpdate"}}, {"strategy": {"type": "Recreate"}}),
    "a volume": (
        {"volumes": [{"name": "a", "emptyDir": {}}]},
        {"volumes": [{"name": "a", "image": {}}]},
    ),
    "a handler": ({"preStop": {"sleep": {}}}, {"preStop": {"exec": {}}}),
    "a port": (
        {"ports": [{"name": "http", "port": 80}]},
        {"ports": [{"name": "http", "port": 81}]},
    ),
    "a budget": ({"minAvailable": 1}, {"maxUnavailable": 1}),
    "a kind of Service": ({"type": "LoadBalancer"}, {"type": "ClusterIP"}),
}  # fmt: skip


def made(spec: Any, name: str = "a") -> dict[str, Any]:
    return {"kind": "Any", "metadata": {"name": name}, "spec": spec}


@pytest.mark.parametrize("case", SIDES)
def test_each_kind_of_turn_is_seen(case: str):
    before, after = SIDES[case]

    assert len([*turns(made(before), made(after))]) == 1
    assert list(turns(made(before), made(before))) == []


def test_what_goes_or_comes_is_no_turn():
    before, after = SIDES["a variable"]

    assert list(turns(made(before), made({}))) == []
    assert list(turns(made({}), made(after))) == []
    assert list(turns(made(before), made(after, "another"))) == []


def earlier() -> Rendering:
    """Return a stack as code before this rule declared it."""
    base = rendered(stack_file())
    parts = [
        replace(part, object={**part.object, "spec": {**part.object["spec"], "strategy": OLD}})
        if part.object and part.object["kind"] == "Deployment"
        else part
        for part in base.parts
    ]
    return replace(base, parts=tuple(parts))


OLD = {"type": "Recreate"}


def test_a_plan_says_once_what_a_preview_refuses_and_what_applies_it():
    base, head = earlier(), rendered(stack_file())
    (note,) = exclusive_notes(base, head)

    assert str(note).startswith("`pulumi preview` may refuse this change")
    assert "Deployment localai-talk, spec.strategy type: Recreate -> RollingUpdate" in str(note)
    assert "and 1 more" in str(note)
    assert "`pulumi up --skip-preview` applies it" in str(note)
    assert note in stack_plan(base, head).notes


def test_nothing_is_said_where_nothing_takes_turns():
    assert list(exclusive_notes(None, rendered(stack_file()))) == []
    assert list(exclusive_notes(rendered(stack_file()), rendered(stack_file()))) == []
