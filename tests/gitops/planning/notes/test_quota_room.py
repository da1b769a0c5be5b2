"""A quota that would stop an update half way is refused, with the room that cures it."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from components.checks.resolve import resolve
from components.quota.usage import pod_of
from gitops.planning.notes.quota import quota_refusals
from gitops.planning.plan import stack_plan
from gitops.planning.rendering.render import rendering
from gitops.planning.rendering.rendering import PartRecord, Rendering
from settings.quota import QuotaSettings
from tests.everything import STACKS, everything
from tests.samples import pool_fields, stack


def record(quota: Any = "declared", **pool: Any) -> Rendering:
    """Return a stack with a quota and one pool on GPUs."""
    fields: Mapping[str, Any] = {"gpu": "nvidia-l4", "memory": "8Gi", "replicas": 2, **pool}
    return rendering(*stack({"chat": pool_fields(**fields)}, **({"quota": quota} if quota else {})))


def test_a_rollout_to_smaller_pods_that_the_old_ones_would_block_is_refused():
    base, head = record(replicas=6, memory="32Gi"), record(replicas=6, memory="8Gi")
    (refusal,) = quota_refusals(base, head)
    assert "while old pods hold 192Gi: new pods of pool chat would be refused" in str(refusal)
    assert "add `extraMemory` under localai:quota" in str(refusal)
    assert stack_plan(base, head).refusals == (refusal,)


def test_new_pods_that_come_first_need_room_beside_the_old_ones():
    base, head = (record(surge=1, replicas=4, memory=memory) for memory in ("16Gi", "11Gi"))
    (refusal,) = quota_refusals(base, head)
    assert "while old pods hold 64Gi" in str(refusal)
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


def test_the_only_pod_makes_room_for_the_next_one():
    base, head = record(replicas=1, memory="64Gi"), record(replicas=1, memory="8Gi")
    assert list(quota_refusals(base, head)) == []


def test_a_new_home_and_a_stack_without_quota_have_no_old_pods():
    head = record(replicas=6, memory="8Gi")
    assert list(quota_refusals(None, head)) == []
    assert list(quota_refusals(record(replicas=6, memory="32Gi"), record(quota=None))) == []


TWO = {"chat": {}, "find": {"cpu": 1, "models": ["qwen3-1.7b"]}}
# The second one is replaced.
OTHER = {"chat": {}, "find": {**TWO["find"], "memory": "5Gi"}}
ROUTER = {"router": {"replicas": 9}}


def pools(quota: Any, names: Mapping[str, Mapping[str, Any]], **fields: Any) -> Rendering:
    """Return a stack of several pools on CPUs, with a quota or without."""
    known = {name: pool_fields(**{"cpu": 2, **one}) for name, one in names.items()}
    return rendering(*stack(known, **({"quota": quota} if quota else {}), **fields))


@pytest.mark.parametrize("quota", [None, "declared"])
def test_pods_that_go_at_the_end_count_against_a_pool_whose_only_pod_is_replaced(quota: Any):
    """Seen on a cluster: the router's pods were deleted last, and the update stood still."""
    base = pools(quota, TWO, **ROUTER)
    head = pools("declared", OTHER)

    found = list(quota_refusals(base, head))

    assert any("new pods of pool find would be refused" in str(one) for one in found)
    assert all("deleted last: Deployment localai-router" in str(one) for one in found)


def test_less_work_under_a_quota_is_no_trouble_where_no_pod_starts():
    base = pools(None, {"chat": {}, "find": {"cpu": 8}})
    assert list(quota_refusals(base, pools("declared", {"chat": {}}))) == []


def test_a_pool_that_takes_the_place_of_another_waits_for_what_goes_last():
    base = pools("declared", {"chat": {"cpu": 16}, "find": {"cpu": 16, "replicas": 3}})
    head = pools("declared", {"chat": {"cpu": 16}, "talk": {"cpu": 16, "replicas": 3}})
    (refusal, *_) = [one for one in quota_refusals(base, head) if "cores" in str(one)]
    assert "new pods of pool talk would be refused" in str(refusal)
    assert "deleted last: pool find" in str(refusal)


def test_a_job_needs_room_beside_the_pods_that_go_after_it():
    base = pools("declared", {"chat": {"replicas": 20}})
    fewer = {"replicas": 1, "models": ["qwen3-0.6b", "qwen3-1.7b"]}
    found = list(quota_refusals(base, pools("declared", {"chat": fewer})))
    assert any("new pods of Job" in str(one) for one in found)


def test_the_room_that_a_refusal_names_is_enough():
    base = pools(None, TWO, **ROUTER)
    refusal = next(quota_refusals(base, pools("declared", OTHER)))
    assert "add `extraCpu` under localai:quota in this change (5 or more)" in str(refusal)
    assert list(quota_refusals(base, pools({"extraCpu": 5}, OTHER))) == []


def under_quota(name: str) -> Rendering:
    """Return a sample stack with a quota."""
    known = everything()
    (file,) = (one for one in known.files if one.stack == name)
    quota = file.settings.quota or QuotaSettings()
    settings = file.settings.model_copy(update={"quota": quota})
    return rendering(*resolve(name, settings, known.catalog, file.release))


def other_pods(part: PartRecord) -> PartRecord:
    """Return a workload that makes other pods."""
    found = deepcopy(part)
    assert found.object
    containers: list[dict[str, Any]] = list(pod_of(found.object)["containers"])
    containers[0]["image"] = "registry.example.com/other"
    return found


@pytest.mark.parametrize("name", STACKS)
def test_every_workload_of_a_sample_can_be_added_and_changed_under_a_quota(name: str):
    head = under_quota(name)
    workloads = [one for one in head.parts if one.object and pod_of(one.object)]

    assert workloads
    for workload in workloads:
        others = tuple(one for one in head.parts if one != workload)
        changed = replace(head, parts=(*others, other_pods(workload)))

        assert list(quota_refusals(replace(head, parts=others), head)) == []
        assert all("would be refused" in str(one) for one in quota_refusals(changed, head))
