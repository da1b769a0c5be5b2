from typing import Any

import pytest

from gitops.validation.rules.stack_objects import Pod, PodIndex, label_names, matches

LABELS = {"pool": "chat", "role": "server"}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


SELECTING = {
    "everything": {},
    "a label": {"matchLabels": {"pool": "chat"}},
    "all labels": {"matchLabels": LABELS},
    "one of some values": expression("pool", "In", "chat", "images"),
    "none of some values": expression("pool", "NotIn", "images"),
    "a label that is there": expression("pool", "Exists"),
    "a label that is not there": expression("color", "DoesNotExist"),
}
LEAVING = {
    "another value": {"matchLabels": {"pool": "images"}},
    "a label too many": {"matchLabels": {**LABELS, "color": "blue"}},
    "none of these values": expression("pool", "In", "images"),
    "not this value": expression("pool", "NotIn", "chat"),
    "a label that has to be there": expression("color", "Exists"),
    "a label that has to be away": expression("pool", "DoesNotExist"),
    "an operator that nobody knows": expression("pool", "Like", "chat"),
}


@pytest.mark.parametrize("selector", SELECTING.values(), ids=SELECTING)
def test_a_selector_selects(selector: dict[str, Any]):
    assert matches(selector, LABELS)


@pytest.mark.parametrize("selector", LEAVING.values(), ids=LEAVING)
def test_a_selector_leaves_out(selector: dict[str, Any]):
    assert not matches(selector, LABELS)


def pod(namespace: str, **labels: str) -> Pod:
    return Pod(owner={}, namespace=namespace, labels=labels)


def test_pods_are_selected_in_one_namespace():
    here, there = pod("here", pool="chat"), pod("there", pool="chat")
    index = PodIndex((here, there))

    assert index.selected("here", {"matchLabels": {"pool": "chat"}}) == [here]
    assert index.selected("here", {}) == [here]
    assert index.selected("nowhere", {}) == []


def test_pods_are_selected_by_all_labels_together():
    one, other = pod("here", pool="a", role="server"), pod("here", pool="b", role="server")

    assert PodIndex((one, other)).selected("here", {"matchLabels": dict(one.labels)}) == [one]


def test_the_labels_of_a_selector_are_named():
    selector = {"matchLabels": {"a": "b"}, **expression("c", "In", "d", "e")}

    assert list(label_names(selector)) == [("a", "b"), ("c", "d"), ("c", "e")]
    assert list(label_names(expression("f", "Exists"))) == [("f", "")]
