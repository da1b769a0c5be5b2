"""What a change does to a quota, in words."""

from collections.abc import Mapping
from typing import Any

from gitops.planning.notes.quota import quota_notes
from gitops.planning.rendering.render import rendering
from gitops.planning.rendering.rendering import Rendering
from tests.gitops.stacks import said
from tests.samples import pool_fields, stack


def record(quota: Any = "declared", **pool: Any) -> Rendering:
    """Return a stack with a quota and one pool on GPUs."""
    fields: Mapping[str, Any] = {"gpu": "nvidia-l4", "memory": "8Gi", "replicas": 2, **pool}
    return rendering(*stack({"chat": pool_fields(**fields)}, **({"quota": quota} if quota else {})))


def notes(base: Rendering | None, head: Rendering) -> list[str]:
    return said(quota_notes(base, head))


def test_a_first_quota_is_told_in_full_without_what_is_closed():
    (note,) = notes(None, record())
    assert note.startswith("the namespace is held to 1 claim, ")
    assert "3 nvidia.com/gpu" in str(note)
    assert "amd" not in str(note)
    assert note.endswith("; any more is refused")


def test_a_pool_that_grows_tells_by_how_many_gpus():
    (note,) = notes(record(), record(replicas=4))
    assert note.startswith("the quota grows by 8 cores (")
    assert "2 nvidia.com/gpu (3 -> 5)" in str(note)


def test_growing_and_shrinking_are_two_notes():
    grown, shrunk = notes(record(), record(replicas=3, memory="4Gi"))
    assert "1 nvidia.com/gpu" in grown
    assert shrunk.startswith("the quota shrinks by")
    assert "memory" in shrunk


def test_a_quota_that_goes_is_told():
    assert notes(record(), record(quota=None)) == [
        "the quota of the namespace is removed: nothing limits it any more"
    ]


def test_nothing_is_told_where_nothing_changes():
    assert notes(record(), record()) == []
    assert notes(record(quota=None), record(quota=None)) == []
