"""Privilege: what a container may do to its node."""

from collections.abc import Iterator
from typing import Any

from components.parts.roles import ANYTHINGLLM_ROLE, ROLE
from gitops.validation.rules.pods import at, containers, entries, named, pod_spec, words
from gitops.validation.rules.rule import Manifest, ObjectRule

_HOST = ("hostNetwork", "hostPID", "hostIPC")


def _privileged(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        context = container.get("securityContext")
        if at(context, "privileged"):
            yield f"{named(container)} is privileged"
        if at(context, "procMount") not in (None, "Default"):
            yield f"{named(container)} mounts /proc unmasked"
        if at(context, "windowsOptions", "hostProcess"):
            yield f"{named(container)} is a host process"


def _on_the_host(manifest: Manifest) -> Iterator[str]:
    spec = pod_spec(manifest)
    yield from (f"the pod sets {name}" for name in _HOST if spec.get(name))
    for container in containers(manifest):
        if any(at(port, "hostPort") for port in entries(container.get("ports"))):
            yield f"{named(container)} takes a port of its node"


def _host_paths(manifest: Manifest) -> Iterator[str]:
    volumes = entries(pod_spec(manifest).get("volumes"))
    for volume in volumes:
        if at(volume, "hostPath") is not None:
            yield f"volume {at(volume, 'name')} is a folder of the node"
    if at(manifest, "spec", "hostPath") is not None:
        yield "the volume is a folder of the node"


def _escalation(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        if at(container, "securityContext", "allowPrivilegeEscalation") is not False:
            yield f"{named(container)} may gain privileges"


def _capabilities(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        known = at(container, "securityContext", "capabilities")
        if "ALL" not in words(at(known, "drop")):
            yield f"{named(container)} does not drop all capabilities"
        if words(at(known, "add")):
            yield f"{named(container)} adds capabilities: {', '.join(words(at(known, 'add')))}"


def _root(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        if _setting(manifest, container, "runAsNonRoot") is not True:
            yield f"{named(container)} may run as root"
        elif _setting(manifest, container, "runAsUser") == 0:
            yield f"{named(container)} runs as user 0"


def _writable(manifest: Manifest) -> Iterator[str]:
    role = at(manifest, "metadata", "labels", ROLE)
    for container in containers(manifest):
        # Each start of AnythingLLM writes into its own packages (docs/decisions/0017).
        if (role, container.get("name")) == (ANYTHINGLLM_ROLE, ANYTHINGLLM_ROLE):
            continue
        if at(container, "securityContext", "readOnlyRootFilesystem") is not True:
            yield f"{named(container)} can write to its root file system"


def _unconfined(manifest: Manifest) -> Iterator[str]:
    for container in containers(manifest):
        profile = _setting(manifest, container, "seccompProfile")
        if at(profile, "type") not in ("RuntimeDefault", "Localhost"):
            yield f"{named(container)} has no seccomp profile"


def _setting(manifest: Manifest, container: Manifest, name: str) -> Any:
    own = at(container, "securityContext", name)
    return at(pod_spec(manifest), "securityContext", name) if own is None else own


RULES = (
    ObjectRule(
        id="not-privileged",
        sentence="No container is privileged, a host process, or sees an unmasked /proc.",
        reason="Who breaks out of a model engine would own the node and its GPUs.",
        cure="delete the setting",
        judge=_privileged,
    ),
    ObjectRule(
        id="no-host-namespaces",
        sentence="No pod shares the network, processes or ports of its node.",
        reason="Network policies do not hold for pods in the network of their node.",
        cure="delete the setting, and reach the pod through a Service",
        judge=_on_the_host,
    ),
    ObjectRule(
        id="no-host-path",
        sentence="No volume is a folder of the node.",
        reason="A folder of the node outlives the pod, is shared unseen, and opens the node.",
        cure="use a claim, or an emptyDir for scratch",
        judge=_host_paths,
    ),
    ObjectRule(
        id="no-privilege-escalation",
        sentence="No process can gain more privileges than its parent.",
        reason="A setuid program in an image would undo everything else.",
        cure="set `allowPrivilegeEscalation: false`",
        judge=_escalation,
    ),
    ObjectRule(
        id="capabilities-dropped",
        sentence="A container drops all capabilities and adds none.",
        reason="Serving models needs none of them.",
        cure="set `capabilities: {drop: [ALL]}`",
        judge=_capabilities,
    ),
    ObjectRule(
        id="not-root",
        sentence="No container runs as root.",
        reason="Root in a container is root on the node after a single kernel flaw.",
        cure="set `runAsNonRoot: true` and a `runAsUser` over 0",
        judge=_root,
    ),
    ObjectRule(
        id="root-file-system-read-only",
        sentence="The root file system of a container is read-only, but for that of AnythingLLM.",
        reason="An intruder cannot leave a program behind, and an image runs as it was built.",
        cure="set `readOnlyRootFilesystem: true`, and mount an emptyDir where it writes",
        judge=_writable,
    ),
    ObjectRule(
        id="seccomp-profile",
        sentence="A container runs under the runtime's seccomp profile or one of its own.",
        reason="Most escapes need system calls that no server uses.",
        cure="set `seccompProfile: {type: RuntimeDefault}`",
        judge=_unconfined,
    ),
)
