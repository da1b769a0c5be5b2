from typing import Any

import pytest

from tests.gitops.validation.rules.objects import found, plain, pod, workload


def pod_with(**changes: Any) -> dict[str, Any]:
    return workload(template=pod(**changes))


BROKEN = {
    "a token by default": ("token-not-mounted", pod_with(automountServiceAccountToken=None)),
    "a token on purpose": ("token-not-mounted", pod_with(automountServiceAccountToken=True)),
    "an account with a token": ("token-not-mounted", plain("ServiceAccount")),
    "no account": ("own-service-account", pod_with(serviceAccountName=None)),
    "everybody's account": ("own-service-account", pod_with(serviceAccountName="default")),
}
WHOLE = {
    "a pod without a token": pod_with(),
    "an account without a token": plain("ServiceAccount", automountServiceAccountToken=False),
    "an object without a pod": plain("Role"),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_an_identity_that_can_be_taken_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_a_pod_without_keys_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
