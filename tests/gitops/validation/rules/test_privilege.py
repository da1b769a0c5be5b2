from typing import Any

import pytest

from tests.gitops.validation.rules.objects import (
    container,
    found,
    plain,
    pod,
    secured,
    security,
    workload,
)

CONFINED = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def pod_with(**changes: Any) -> dict[str, Any]:
    return workload(template=pod(**changes))


BROKEN = {
    "privileged": ("not-privileged", secured(privileged=True)),
    "an unmasked /proc": ("not-privileged", secured(procMount="Unmasked")),
    "a host process": ("not-privileged", secured(windowsOptions={"hostProcess": True})),
    "the network of the node": ("no-host-namespaces", pod_with(hostNetwork=True)),
    "the processes of the node": ("no-host-namespaces", pod_with(hostPID=True)),
    "the memory of the node": ("no-host-namespaces", pod_with(hostIPC=True)),
    "a port of the node": (
        "no-host-namespaces",
        workload(template=pod(container(ports=[{"containerPort": 80, "hostPort": 80}]))),
    ),
    "a folder of the node": (
        "no-host-path",
        pod_with(volumes=[{"name": "host", "hostPath": {"path": "/"}}]),
    ),
    "a volume that is a folder of the node": (
        "no-host-path",
        plain("PersistentVolume", spec={"hostPath": {"path": "/models"}}),
    ),
    "escalation": ("no-privilege-escalation", secured(allowPrivilegeEscalation=True)),
    "escalation by default": (
        "no-privilege-escalation",
        secured(allowPrivilegeEscalation=None),
    ),
    "capabilities by default": ("capabilities-dropped", secured(capabilities=None)),
    "some capabilities dropped": ("capabilities-dropped", secured(capabilities={"drop": ["KILL"]})),
    "a capability added": (
        "capabilities-dropped",
        secured(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
    ),
    "root by default": ("not-root", pod_with(securityContext={**CONFINED, "runAsNonRoot": None})),
    "user 0": ("not-root", secured(runAsUser=0)),
    "a container that may be root": ("not-root", secured(runAsNonRoot=False)),
    "a writable root": ("root-file-system-read-only", secured(readOnlyRootFilesystem=False)),
    "a root writable by default": (
        "root-file-system-read-only",
        secured(readOnlyRootFilesystem=None),
    ),
    "no seccomp profile": ("seccomp-profile", pod_with(securityContext={"runAsNonRoot": True})),
    "a container unconfined": ("seccomp-profile", secured(seccompProfile={"type": "Unconfined"})),
}
WHOLE = {
    "a pod that is confined": pod_with(),
    "a container that confines itself": workload(
        template=pod(container(securityContext=security(**CONFINED)), securityContext=None)
    ),
    "a profile of its own": secured(seccompProfile={"type": "Localhost"}),
    "an emptyDir": pod_with(volumes=[{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_a_privilege_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_what_is_confined_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
