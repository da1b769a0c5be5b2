from typing import Any

import pytest

from tests.gitops.validation.rules.objects import LABELS, findings, found, metadata, pod, workload

POOL = {"localai.gitops/pool": "chat"}


def labeled(name: str = "localai-chat", **labels: str) -> dict[str, Any]:
    """Return a Deployment that selects its pods by more labels than usual."""
    template = pod()
    template["metadata"] = {"labels": {**LABELS, **labels}}
    made = workload(template=template, selector={"matchLabels": {**LABELS, **labels}})
    return {**made, "metadata": metadata(name)}


def selecting(selector: Any) -> dict[str, Any]:
    return workload(selector=selector)


BROKEN = {
    "nothing": ("selector-matches-template", selecting({})),
    "no selector": ("selector-matches-template", selecting(None)),
    "another pool": (
        "selector-matches-template",
        selecting({"matchLabels": {"localai.gitops/pool": "other"}}),
    ),
    "a label that it lacks": (
        "selector-matches-template",
        selecting({"matchExpressions": [{"key": "color", "operator": "Exists"}]}),
    ),
    "a version": ("selector-stable", labeled(**{"app.kubernetes.io/version": "v4"})),
    "a chart": ("selector-stable", labeled(**{"helm.sh/chart": "localai"})),
    "a value that is a version": ("selector-stable", labeled(release="v4.9.0")),
    "a value by content": ("selector-stable", labeled(models="chat-d3c0a90b")),
}
WHOLE = {
    "its labels": workload(),
    "some of its labels": selecting({"matchLabels": POOL}),
    "an expression": selecting(
        {"matchExpressions": [{"key": "localai.gitops/pool", "operator": "In", "values": ["chat"]}]}
    ),
    "a pool whose name is a word": labeled(extra="facade"),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_a_selector_that_fails_later_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_a_selector_that_stays_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []


def test_two_workloads_with_the_same_pods_are_found():
    first, second = labeled("one"), labeled("two", color="blue")

    (one,) = [one for one in findings(first, second) if one.rule == "selector-own-pods"]

    # The narrower of the two selects its own pods only.
    assert one.object == "Deployment one"
    assert one.cause == "selects the pods of Deployment two as well"


def test_two_workloads_with_pods_of_their_own_are_admitted():
    assert found(labeled("one", color="green"), labeled("two", color="blue")) == []
