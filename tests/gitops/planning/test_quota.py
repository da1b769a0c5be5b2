"""What a change does to a quota, in words, and when it would stop a rollout half way."""

from collections.abc import Mapping
from typing import Any

from gitops.planning.plan import stack_plan
from gitops.planning.quota import quota_notes, quota_refusals
from gitops.planning.record import rendering
from gitops.planning.rendering import Rendering
from tests.samples import pool_fields, stack


def record(quota: Any = "declared", **pool: Any) -> Rendering:
    """Return a stack with a quota and one pool on GPUs."""
    fields: Mapping[str, Any] = {"gpu": "nvidia-l4", "memory": "8Gi", "replicas": 2, **pool}
    return rendering(*stack({"chat": pool_fields(**fields)}, **({"quota": quota} if quota else {})))


def notes(base: Rendering | None, head: Rendering) -> list[str]:
    return list(quota_notes(base, head))


def test_a_first_quota_is_told_in_full_without_what_is_closed():
    (note,) = notes(None, record())
    assert note.startswith("the namespace is held to 1 claim, ")
    assert "3 nvidia.com/gpu" in note
    assert "amd" not in note
    assert note.endswith("; any more is refused")


def test_a_pool_that_grows_tells_by_how_many_gpus():
    (note,) = notes(record(), record(replicas=4))
    assert note.startswith("the quota grows by 8 cores (")
    assert "2 nvidia.com/gpu (3 -> 5)" in note


def test_growing_and_shrinking_are_two_notes():
    grown, shrunk = notes(record(), record(replicas=3, memory="4Gi"))
    assert "1 nvidia.com/gpu" in grown
    assert shrunk.startswith("the quota shrinks by")
    assert "memory" in shrunk


def test_a_quota_that_goes_is_told():
    assert notes(record(), record(quota=None)) == [
        "the quota of the namespace goes: nothing limits it any more"
    ]


def test_nothing_is_told_where_nothing_changes():
    assert notes(record(), record()) == []
    assert notes(record(quota=None), record(quota=None)) == []


def test_a_rollout_to_smaller_pods_that_the_old_ones_would_block_is_refused():
    base, head = record(replicas=6, memory="32Gi"), record(replicas=6, memory="8Gi")
    (refusal,) = quota_refusals(base, head)
    assert "while old pods hold 192Gi: new pods of pool chat would be refused" in refusal
    assert "add `extraMemory` under localai:quota" in refusal
    assert stack_plan(base, head).refusals == (refusal,)


def test_new_pods_that_come_first_need_room_beside_the_old_ones():
    base, head = (record(surge=1, replicas=4, memory=memory) for memory in ("16Gi", "11Gi"))
    (refusal,) = quota_refusals(base, head)
    assert "while old pods hold 64Gi" in refusal
    # One by one, an old pod makes room for each new one.
    base, head = (record(replicas=4, memory=memory) for memory in ("16Gi", "14Gi"))
    assert list(quota_refusals(base, head)) == []


def test_the_cure_works():
    base, head = record(replicas=6, memory="32Gi"), record(replicas=6, memory="8Gi")
    cured = record({"extraMemory": "144Gi"}, replicas=6, memory="8Gi")
    assert list(quota_refusals(base, head))
    assert list(quota_refusals(base, cured)) == []
    assert list(quota_refusals(cured, head)) == []


def test_fewer_pods_of_the_same_kind_are_no_rollout():
    assert list(quota_refusals(record(replicas=6), record(replicas=2))) == []


def test_a_pool_whose_old_pods_go_first_cannot_stop_half_way():
    base, head = record(replicas=1, memory="64Gi"), record(replicas=1, memory="8Gi")
    assert list(quota_refusals(base, head)) == []


def test_a_new_home_and_a_stack_without_quota_have_no_old_pods():
    head = record(replicas=6, memory="8Gi")
    assert list(quota_refusals(None, head)) == []
    assert list(quota_refusals(record(replicas=6, memory="32Gi"), record(quota=None))) == []
