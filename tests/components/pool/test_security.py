"""Every pod of ours is confined: Pod Security `restricted`, and a read-only root."""

from copy import deepcopy
from typing import Any

import pytest

from tests.components.restricted import violations
from tests.samples import committed_manifests, containers, pods

PODS = list(pods(committed_manifests()))


def test_every_pod_of_every_stack_meets_the_profile_restricted():
    assert PODS
    assert not [found for template in PODS if (found := violations(template))]


def test_every_container_has_a_read_only_root():
    contexts = [container["securityContext"] for pod in PODS for container in containers(pod)]

    assert all(context["readOnlyRootFilesystem"] for context in contexts)


def test_no_pod_carries_a_token_of_the_cluster_or_its_service_addresses():
    specs = [pod["spec"] for pod in PODS]

    assert {spec["automountServiceAccountToken"] for spec in specs} == {False}
    assert {spec["enableServiceLinks"] for spec in specs} == {False}


def test_jobs_and_servers_share_one_user_so_that_each_can_read_the_files():
    users = {
        (context["runAsUser"], context["runAsGroup"], context["fsGroup"])
        for context in (pod["spec"]["securityContext"] for pod in PODS)
    }

    assert users == {(10001, 10001, 10001)}


def broken(*path: str, value: Any) -> dict[str, Any]:
    """Return the first pod with one field of its spec, or of its first container, changed."""
    template = deepcopy(PODS[0])
    target = template["spec"]
    if path[0] == "container":
        target, path = containers(template)[0], path[1:]
    for step in path[:-1]:
        target = target.setdefault(step, {})
    target[path[-1]] = value
    return template


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("hostNetwork",), True),
        (("hostPID",), True),
        (("securityContext", "sysctls"), [{"name": "a", "value": "b"}]),
        (("securityContext", "runAsNonRoot"), None),
        (("securityContext", "seccompProfile"), {"type": "Unconfined"}),
        (("volumes",), [{"name": "host", "hostPath": {"path": "/"}}]),
        (("container", "ports"), [{"containerPort": 1, "hostPort": 1}]),
        (("container", "securityContext", "privileged"), True),
        (("container", "securityContext", "allowPrivilegeEscalation"), None),
        (("container", "securityContext", "runAsUser"), 0),
        (("container", "securityContext", "capabilities"), {"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
    ],
)
def test_the_check_sees_what_the_profile_forbids(path: tuple[str, ...], value: Any):
    assert violations(broken(*path, value=value))
