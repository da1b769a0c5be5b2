from dataclasses import replace
from typing import Any

import pytest

from gitops.planning.notes.rotation import rotation_notes, rotation_refusals
from gitops.planning.plan import StackPlan, stack_plan
from tests.gitops.stacks import Config, changed, rendered, said, stack_file

OLD, NEW = {"secret": "old", "key": "k"}, {"secret": "new", "key": "k"}
BOTH, TURNED = {**OLD, "also": NEW}, {**NEW, "also": OLD}


def plan(before: dict[str, Any] | None, after: dict[str, Any] | None) -> StackPlan:
    """Return the plan of a change from one `apiKey` to another; None says nothing of keys."""
    base = stack_file()
    if before:
        base["apiKey"] = before

    def edit(config: Config) -> None:
        config.pop("apiKey", None)
        if after:
            config["apiKey"] = after

    return changed(edit, base)


def notes(found: StackPlan) -> list[str]:
    return [note for note in said(found.notes) if "key" in str(note)]


def restarts(found: StackPlan) -> bool:
    return any(change.kind == "Deployment" for change in found.objects)


@pytest.mark.parametrize(
    ("before", "after", "step", "restart"),
    [
        (OLD, BOTH, "step 1 of 3: servers accept a second API key, new/k", True),
        (BOTH, TURNED, "step 2 of 3: callers use API key new/k, old/k is still accepted", False),
        (TURNED, NEW, "step 3 of 3: API key old/k is no longer accepted", True),
        (BOTH, OLD, "step 3 of 3: API key new/k is no longer accepted", True),
    ],
)
def test_each_step_is_named_and_only_callers_moving_restarts_no_server(
    before: dict[str, Any], after: dict[str, Any], step: str, restart: bool
):
    found = plan(before, after)
    assert found.refusals == ()
    (note,) = notes(found)
    assert step in str(note)
    assert restarts(found) is restart


def test_a_made_up_key_rotates_in_the_same_steps():
    both = {"generated": 0, "also": {"generated": 1}}
    turned = {"generated": 1, "also": {"generated": 0}}
    found = [plan(None, both), plan(both, turned), plan(turned, {"generated": 1})]
    assert [one.refusals for one in found] == [(), (), ()]
    assert [notes(one)[0].split(", ")[1][:6] for one in found] == ["step 1", "step 2", "step 3"]
    created = [change.name for change in found[0].objects if change.change == "create"]
    assert created == ["api-key-value-1", "localai-api-key-1"]
    gone = [change.name for change in found[2].objects if change.change == "delete"]
    assert sorted(gone) == ["api-key-value", "localai-api-key"]


@pytest.mark.parametrize(("before", "after"), [(OLD, NEW), (BOTH, NEW), (None, NEW)])
def test_a_key_that_callers_use_is_not_dropped_in_one_step(
    before: dict[str, Any] | None, after: dict[str, Any]
):
    (refusal,) = plan(before, after).refusals
    assert "would no longer be accepted" in str(refusal)
    assert "`also`" in str(refusal)
    assert "`revoke: true`" in str(refusal)


def test_callers_do_not_use_a_key_before_servers_accept_it():
    (refusal,) = plan(OLD, TURNED).refusals
    assert str(refusal) == (
        "callers would use API key new/k before servers accept it; add it as `also` under "
        "localai:apiKey first, and let callers use it in a later change"
    )


def test_a_key_that_leaked_is_dropped_at_once_and_that_is_said():
    found = plan(OLD, {**NEW, "revoke": True})
    assert found.refusals == ()
    (note,) = notes(found)
    assert note.startswith("API key old/k is revoked")
    assert "401" in str(note)


def test_a_stack_that_keeps_its_keys_hears_nothing_of_them():
    for key in (None, OLD, BOTH):
        assert notes(plan(key, key)) == []


def test_a_new_stack_another_home_and_an_older_base_are_no_rotation():
    base, head = stack_file() | {"apiKey": OLD}, stack_file() | {"apiKey": NEW}
    assert list(rotation_notes(None, rendered(head))) == []
    assert stack_plan(None, rendered(head)).refusals == ()
    for old in (
        replace(rendered(base), cluster="far"),
        replace(rendered(base), keys=None),
    ):
        assert list(rotation_refusals(old, rendered(head))) == []
        assert list(rotation_notes(old, rendered(head))) == []
