from typing import Any

import pytest

from tests.gitops.validation.rules.objects import LABELS, found, plain, workload


def budget(**spec: Any) -> dict[str, Any]:
    known = {"selector": {"matchLabels": LABELS}, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
    return plain("PodDisruptionBudget", spec={**known, **spec})


BROKEN = {
    "none may go": (2, budget(maxUnavailable=0)),
    "no share may go": (2, budget(maxUnavailable="0%")),
    "all have to stay": (2, budget(minAvailable=2)),
    "the only one has to stay": (1, budget(minAvailable=1)),
    "every share has to stay": (3, budget(minAvailable="100%")),
    "half of one has to stay": (1, budget(minAvailable="50%")),
    "the default count has to stay": (None, budget(minAvailable=1)),
    "none of a parked pool may go": (0, budget(maxUnavailable=0)),
}
WHOLE = {
    "one may go": (1, budget(maxUnavailable=1)),
    "a share may go": (1, budget(maxUnavailable="25%")),
    "one of two has to stay": (2, budget(minAvailable=1)),
    "half of two has to stay": (2, budget(minAvailable="50%")),
    "a parked pool": (0, budget(minAvailable=1)),
    "a share of a parked pool": (0, budget(maxUnavailable="25%")),
    "what is no amount": (1, budget(minAvailable="some")),
    "pods of somebody else": (1, budget(maxUnavailable=0, selector={"matchLabels": {"a": "b"}})),
}


@pytest.mark.parametrize(("replicas", "manifest"), BROKEN.values(), ids=BROKEN)
def test_a_budget_that_blocks_a_drain_is_found(replicas: int | None, manifest: dict[str, Any]):
    assert found(manifest, workload(replicas=replicas)) == ["budget-lets-drains-pass"]


@pytest.mark.parametrize(("replicas", "manifest"), WHOLE.values(), ids=WHOLE)
def test_a_budget_that_lets_one_go_is_admitted(replicas: int | None, manifest: dict[str, Any]):
    assert found(manifest, workload(replicas=replicas)) == []


@pytest.mark.parametrize("policy", [None, "IfHealthyBudget"])
def test_a_budget_that_protects_a_broken_pod_is_found(policy: str | None):
    protecting = budget(maxUnavailable=1, unhealthyPodEvictionPolicy=policy)

    assert found(protecting, workload(replicas=2)) == ["budget-spares-no-broken-pod"]
