"""Selectors: what a workload selects can never be changed again."""

import re
from collections.abc import Iterator

from gitops.validation.rules.labels import label_names, matches
from gitops.validation.rules.pods import pod_template
from gitops.validation.rules.rule import Breach, Manifest, ObjectRule, StackRule
from gitops.validation.rules.stack_objects import StackObjects, namespace, title
from gitops.validation.rules.values import at, fields

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout")
_MOVING_KEYS = (
    "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart", "version",
    "pod-template-hash", "controller-revision-hash",
)  # fmt: skip
_MOVING_VALUE = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+|(^|-)(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}$")


def _strangers(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") not in _WORKLOADS:
        return
    labels = fields(at(pod_template(manifest), "metadata", "labels"))
    selector = at(manifest, "spec", "selector")
    if not fields(selector) or not matches(selector, labels):
        yield "does not select the pods of its own template"


def _moving(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") not in _WORKLOADS:
        return
    for key, value in label_names(at(manifest, "spec", "selector")):
        if key in _MOVING_KEYS or _MOVING_VALUE.search(value):
            yield f"selects by {key}, which changes with a release"


def _shared(stack: StackObjects) -> Iterator[Breach]:
    for one in stack.of_kind(*_WORKLOADS):
        selector = at(one, "spec", "selector")
        found = stack.pods.selected(namespace(one), selector) if fields(selector) else []
        others = [pod for pod in found if pod.owner is not one]
        if others:
            detail = f"selects the pods of {title(others[0].owner)} as well"
            yield Breach(place=title(one), detail=detail)


RULES = (
    ObjectRule(
        id="selector-matches-template",
        sentence="A workload selects the pods of its own template.",
        reason="The API server refuses anything else, but only when it is applied.",
        cure="use labels of the template in the selector",
        judge=_strangers,
    ),
    ObjectRule(
        id="selector-stable",
        sentence="A selector has no label that changes with a release.",
        reason="It cannot be changed: the workload would be deleted and made anew, with downtime.",
        cure="select by labels that stay, such as the pool's name",
        judge=_moving,
    ),
    StackRule(
        id="selector-own-pods",
        sentence="No two workloads select the same pods.",
        reason="Each would take the pods of the other for its own and delete what is too much.",
        cure="add a label that tells them apart",
        judge=_shared,
    ),
)
