"""An API server takes every object of the samples, and Pod Security `restricted` every pod."""

from collections.abc import Generator, Mapping
from typing import Any

import pytest

from gitops.validation.rules.pods import pod_spec
from sandbox.cluster.sandbox import Sandbox
from stack import stack_parts
from tests.e2e.admission import Admission
from tests.everything import STACKS, sample
from tests.samples import manifests

pytestmark = pytest.mark.e2e

Object = Mapping[str, Any]


def objects(stack: str) -> list[Object]:
    return manifests(stack_parts(*sample(stack)))


def pods(stack: str) -> list[Object]:
    """Return a pod of each template of a stack."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": one["metadata"]["name"], "namespace": namespace(stack)},
            "spec": pod_spec(one),
        }
        for one in objects(stack)
        if pod_spec(one)
    ]


def namespace(stack: str) -> str:
    return sample(stack)[0].settings.namespace


def named(kind: str, name: str, version: str = "v1", **fields: Any) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def strict(stack: str) -> Object:
    levels = dict.fromkeys(("enforce", "warn"), "restricted")
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode, level in levels.items()}
    metadata = {"name": namespace(stack), "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def needed() -> list[Object]:
    """Return what pods of the samples name and no stack declares."""
    specs = [one["spec"] for stack in STACKS for one in pods(stack)]
    priorities = {one["priorityClassName"] for one in specs if "priorityClassName" in one}
    runtimes = {one["runtimeClassName"] for one in specs if "runtimeClassName" in one}
    return [
        *(named("Namespace", one) for one in ("argocd", "velero")),
        *map(strict, STACKS),
        *(named("PriorityClass", one, "scheduling.k8s.io/v1", value=1) for one in priorities),
        *(named("RuntimeClass", one, "node.k8s.io/v1", handler=one) for one in runtimes),
    ]


@pytest.fixture(scope="module")
def admission(cluster: Sandbox) -> Generator[Admission]:
    cluster.apply(needed())
    accounts = [
        one for stack in STACKS for one in objects(stack) if one["kind"] == "ServiceAccount"
    ]
    cluster.apply(accounts, "--field-manager=kubectl")
    yield Admission(sandbox=cluster)
    cluster.kubectl("delete", "namespace", *map(namespace, STACKS), "--wait=false")


@pytest.mark.parametrize("stack", STACKS)
def test_every_object_and_every_pod_of_a_sample_is_admitted_without_a_warning(
    admission: Admission, stack: str
):
    assert admission.told([*objects(stack), *pods(stack)]) == []


def test_a_pod_that_may_be_root_is_refused_in_every_namespace(admission: Admission):
    lax: list[Object] = [
        {**pod, "spec": {**pod["spec"], "securityContext": {}}}
        for stack in STACKS
        for pod in pods(stack)[:1]
    ]

    assert len([line for line in admission.told(lax) if "violates PodSecurity" in line]) == len(lax)
