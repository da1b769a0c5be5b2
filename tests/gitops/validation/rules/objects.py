"""Objects that break no rule, and changes that make them break one."""

from collections.abc import Mapping
from typing import Any

from gitops.validation.rules.rule import stack_problems
from gitops.validation.rules.rulebook import RULES
from gitops.validation.rules.stack_objects import StackObject, StackObjects

Manifest = dict[str, Any]
DIGEST = f"sha256:{'0' * 64}"
IMAGE = f"quay.io/go-skynet/local-ai:v4.9.0@{DIGEST}"
NAMESPACE = "localai-test"
LABELS = {"localai.gitops/pool": "chat", "app.kubernetes.io/component": "server"}


def changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Manifest:
    """Return a mapping with some keys replaced; None takes a key away."""
    both = {**base, **changes}
    return {key: value for key, value in both.items() if value is not None}


def metadata(name: str, **changes: Any) -> Manifest:
    """Return the metadata of an object."""
    return changed({"name": name, "namespace": NAMESPACE}, changes)


def container(**changes: Any) -> Manifest:
    """Return a container that breaks no rule."""
    amounts = {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"}
    good = {
        "name": "server",
        "image": IMAGE,
        "resources": {"requests": amounts, "limits": amounts},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}},
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
        "securityContext": security(),
    }
    return changed(good, changes)


def security(**changes: Any) -> Manifest:
    """Return the security context of a container that breaks no rule."""
    good = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return changed(good, changes)


def pod(*containers: Manifest, **changes: Any) -> Manifest:
    """Return a pod template that breaks no rule."""
    good = {
        "containers": list(containers) or [container()],
        "serviceAccountName": "localai-chat",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    return {"metadata": {"labels": LABELS}, "spec": changed(good, changes)}


def workload(
    kind: str = "Deployment", template: Manifest | None = None, **changes: Any
) -> Manifest:
    """Return an object that starts pods and breaks no rule."""
    good = {"selector": {"matchLabels": LABELS}, "template": template or pod()}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": metadata("localai-chat"),
        "spec": changed(good, changes),
    }


def server(**changes: Any) -> Manifest:
    """Return a Deployment whose container differs."""
    return workload(template=pod(container(**changes)))


def secured(**changes: Any) -> Manifest:
    """Return a Deployment whose container has another security context."""
    return server(securityContext=security(**changes))


def job(template: Manifest) -> Manifest:
    """Return a Job of a pod template."""
    return workload("Job", template, selector=None)


def plain(kind: str, name: str = "it", **fields: Any) -> Manifest:
    """Return an object of any kind with these fields beside its metadata."""
    return changed({"apiVersion": "v1", "kind": kind, "metadata": metadata(name)}, fields)


def policy(name: str = "all", **changes: Any) -> Manifest:
    """Return a network policy for all pods that lets nobody in or out."""
    good: Manifest = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return plain("NetworkPolicy", name, spec=changed(good, changes))


def found(*objects: Manifest | StackObject, rendered: bool = False) -> list[str]:
    """Return the ids of the rules that objects break, beside a policy that selects every pod."""
    return [one.rule for one in findings(*objects, policy(), rendered=rendered)]


def findings(*objects: Manifest | StackObject, rendered: bool = False) -> list[Any]:
    """Return what rules find in just these objects."""
    known = tuple(
        one if isinstance(one, StackObject) else StackObject(manifest=one, retained=True)
        for one in objects
    )
    return [*stack_problems(RULES, "test", StackObjects(objects=known, rendered=rendered))]
