"""Pods of ours, each weakened in one way that Pod Security `restricted` must refuse."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Weakness:
    """A change to a pod's spec, and what the refusal must say about it."""

    change: Callable[[Spec], object]
    told: str


def weakened(spec: Mapping[str, Any], weakness: Weakness) -> Spec:
    """Return a copy of a pod's spec with one weakness."""
    changed = deepcopy(dict(spec))
    weakness.change(changed)
    return changed


def in_pod(told: str, **fields: Any) -> Weakness:
    """Return the weakness of a pod that has these fields."""
    return Weakness(change=lambda spec: spec.update(fields), told=told)


def in_pod_context(told: str, **fields: Any) -> Weakness:
    """Return the weakness of a pod with these fields in its security context; None drops one."""
    return Weakness(change=lambda spec: _merge(spec["securityContext"], fields), told=told)


def in_server(told: str, **fields: Any) -> Weakness:
    """Return the weakness of a first container with these fields in its security context."""
    return Weakness(change=lambda spec: _merge(_context(spec, "containers"), fields), told=told)


def in_init(told: str, **fields: Any) -> Weakness:
    """Return the same for an init container, added where the pod has none."""
    return Weakness(change=lambda spec: _merge(_context(spec, "initContainers"), fields), told=told)


def with_volume(told: str, **source: Any) -> Weakness:
    """Return the weakness of one more volume."""
    volume = {"name": "weak", **source}
    return Weakness(change=lambda spec: spec.setdefault("volumes", []).append(volume), told=told)


def _context(spec: Spec, kind: str) -> Spec:
    if kind not in spec:
        spec[kind] = [{**deepcopy(spec["containers"][0]), "name": "first"}]
        # Probes and hooks belong to containers that stay.
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            spec[kind][0].pop(field, None)
    return spec[kind][0]["securityContext"]


def _merge(target: Spec, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value


def _without_isolation(spec: Spec) -> None:
    # The API refuses an unmasked /proc outside a user namespace before the profile is asked.
    spec["hostUsers"] = False
    _merge(_context(spec, "containers"), {"procMount": "Unmasked"})


def _host_port(spec: Spec) -> None:
    spec["containers"][0]["ports"] = [{"containerPort": 8080, "hostPort": 8080}]


def _foreign_probe(spec: Spec) -> None:
    probe = {"httpGet": {"port": 80, "host": "169.254.169.254"}}
    spec["containers"][0]["lifecycle"] = {"postStart": probe}


_ESCALATION = "allowPrivilegeEscalation != false"
_CAPABILITIES = "unrestricted capabilities"
_UNCONFINED = {"type": "Unconfined"}

WEAKENED: Mapping[str, Weakness] = {
    "privileged": in_server("privileged", privileged=True, allowPrivilegeEscalation=None),
    "privileged init container": in_init(
        "privileged", privileged=True, allowPrivilegeEscalation=None
    ),
    "host network": in_pod("host namespaces", hostNetwork=True),
    "host processes": in_pod("host namespaces", hostPID=True),
    "host interprocess communication": in_pod("host namespaces", hostIPC=True),
    "host path": with_volume('volume type "hostPath"', hostPath={"path": "/"}),
    "network file system": with_volume(
        'volume type "nfs"', nfs={"server": "10.0.0.1", "path": "/"}
    ),
    "host port": Weakness(change=_host_port, told="hostPort"),
    "a hook that calls another host": Weakness(
        change=_foreign_probe, told="probe or lifecycle host"
    ),
    "unsafe kernel setting": in_pod_context(
        "forbidden sysctls", sysctls=[{"name": "kernel.msgmax", "value": "1"}]
    ),
    "root by the pod": in_pod_context("runAsUser=0", runAsUser=0, runAsNonRoot=None),
    "root by the container": in_server("runAsUser=0", runAsUser=0),
    "perhaps root": in_pod_context("runAsNonRoot != true", runAsNonRoot=None),
    "root allowed to an init container": in_init("runAsNonRoot != true", runAsNonRoot=False),
    "privilege escalation": in_server(_ESCALATION, allowPrivilegeEscalation=True),
    "privilege escalation unsaid": in_init(_ESCALATION, allowPrivilegeEscalation=None),
    "an added capability": in_server(
        _CAPABILITIES, capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}
    ),
    "capabilities kept": in_server(_CAPABILITIES, capabilities=None),
    "only some capabilities dropped": in_init(_CAPABILITIES, capabilities={"drop": ["NET_RAW"]}),
    "seccomp off": in_pod_context("seccompProfile", seccompProfile=_UNCONFINED),
    "seccomp unsaid": in_pod_context("seccompProfile", seccompProfile=None),
    "seccomp off for an init container": in_init("seccompProfile", seccompProfile=_UNCONFINED),
    "an unmasked /proc": Weakness(change=_without_isolation, told="procMount"),
    "another SELinux type": in_pod_context("seLinuxOptions", seLinuxOptions={"type": "spc_t"}),
    "AppArmor off": in_server("AppArmor profile", appArmorProfile=_UNCONFINED),
}
"""One row a rule of the profile, by name; ephemeral containers come later than their pod."""

EPHEMERAL = {"name": "shell", "image": "any", "securityContext": {"privileged": True}}
"""A debugging container that would break the profile."""
