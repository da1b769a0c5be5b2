"""The Pod Security profile `restricted` as a pure check of one pod template.

The rules are those of k8s.io/pod-security-admission v0.34, policy/check_*.go, for Linux pods; image
volumes are among the allowed ones since Kubernetes 1.33.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
    "projected", "secret",
}  # fmt: skip
_SECCOMP = {"RuntimeDefault", "Localhost"}


def violations(template: Mapping[str, Any]) -> list[str]:
    """Return every rule that a pod template breaks, in words."""
    spec = template["spec"]
    found = [*_host(spec), *_volumes(spec)]
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        inherited = spec.get("securityContext", {})
        own = container.get("securityContext", {})
        broken = [*_container(own), *_identity({**inherited, **own})]
        broken += ["host port"] * any("hostPort" in port for port in container.get("ports", []))
        found += [f"{container['name']}: {rule}" for rule in broken]
    return found


def _host(spec: Mapping[str, Any]) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield field
    if spec.get("securityContext", {}).get("sysctls"):
        yield "sysctls"


def _volumes(spec: Mapping[str, Any]) -> Iterator[str]:
    for volume in spec.get("volumes", []):
        if not _VOLUMES & volume.keys():
            yield f"volume {volume['name']}"


def _container(context: Mapping[str, Any]) -> Iterator[str]:
    if context.get("privileged"):
        yield "privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "privilege escalation"
    capabilities = context.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or set(capabilities.get("add", ())) - {
        "NET_BIND_SERVICE"
    }:
        yield "capabilities"


def _identity(context: Mapping[str, Any]) -> Iterator[str]:
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        yield "root"
    if context.get("seccompProfile", {}).get("type") not in _SECCOMP:
        yield "seccomp"
