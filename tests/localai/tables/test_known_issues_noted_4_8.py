"""Each issue that `check` notes applies to a pool that meets it, and to no pool that does not."""

from dataclasses import replace
from typing import Any

import pytest

from localai.release import Circumstances
from localai.tables.known_issues_4_8 import NOTED

QUIET = Circumstances(
    models=("qwen3-0.6b", "qwen3-1.7b"),
    penalized=frozenset(),
    kinds=frozenset({"chat"}),
    active=2,
    pods=1,
    distributed=False,
    routed=False,
    direct=False,
    outside=False,
    monitored=False,
    checked=False,
)
MET: dict[str, list[dict[str, Any]]] = {
    "undeclared-names-are-loaded": [{"direct": True}],
    "key-does-more-than-infer": [{"direct": True}],
    "preflight-gets-401": [{"outside": True}],
    "cold-bursts-evict": [{"active": 1, "checked": True}],
    "ready-is-not-serving": [{"active": 1}, {"distributed": True}],
    "client-errors-are-500": [{"direct": True}],
    "some-tokens-are-not-counted": [
        {"monitored": True, "routed": True, "kinds": frozenset({kind})}
        for kind in ("embeddings", "rerank")
    ],
    "metrics-tell-no-errors": [{"monitored": True}],
    "image-addresses-are-of-one-pod": [{"kinds": frozenset({"image"}), "pods": 2}],
    "presence-penalty-is-guessed": [{"models": ("qwen3.5-4b",), "active": 1}],
}
UNMET: dict[str, list[dict[str, Any]]] = {
    "ready-is-not-serving": [
        {"active": 1, "checked": True},
        {"distributed": True, "checked": True},
    ],
    "client-errors-are-500": [{"routed": True}],
    "some-tokens-are-not-counted": [{"monitored": True}],
    "metrics-tell-no-errors": [{"monitored": True, "routed": True}],
    "image-addresses-are-of-one-pod": [{"kinds": frozenset({"image"})}, {"pods": 2}],
    "presence-penalty-is-guessed": [
        {"models": ("qwen3.5-4b",), "active": 1, "penalized": frozenset({"qwen3.5-4b"})}
    ],
}


def noted(**changes: Any) -> set[str]:
    pool = replace(QUIET, **changes)
    return {one.id for one in NOTED if one.applies and one.applies(pool)}


def test_every_issue_has_a_pool_that_meets_it():
    assert {one.id for one in NOTED} == set(MET)


def test_a_pool_that_meets_none_is_noted_nowhere():
    assert noted() == set()


@pytest.mark.parametrize(
    ("issue", "changes"), [(issue, one) for issue, all_ in MET.items() for one in all_]
)
def test_an_issue_is_noted_where_it_applies(issue: str, changes: dict[str, Any]):
    assert issue in noted(**changes)


@pytest.mark.parametrize(
    ("issue", "changes"), [(issue, one) for issue, all_ in UNMET.items() for one in all_]
)
def test_an_issue_is_not_noted_where_it_is_met(issue: str, changes: dict[str, Any]):
    assert issue not in noted(**changes)
