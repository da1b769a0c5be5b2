from typing import Any

import pytest

from tests.gitops.validation.rules.objects import found, plain


def role(kind: str = "Role", **grant: list[str]) -> dict[str, Any]:
    good = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    return plain(kind, rules=[{**good, **grant}])


def binding(subject: str = "localai", **reference: str) -> dict[str, Any]:
    known = {"kind": "Role", "name": "reader", **reference}
    return plain("RoleBinding", roleRef=known, subjects=[{"name": subject}])


BROKEN = {
    "every group": ("rbac-no-wildcard", role(apiGroups=["*"])),
    "every resource": ("rbac-no-wildcard", role(resources=["*"])),
    "every verb": ("rbac-no-wildcard", role(verbs=["*"])),
    "a subresource of everything": ("rbac-no-wildcard", role(resources=["*/scale"])),
    "every address": ("rbac-no-wildcard", role("ClusterRole", nonResourceURLs=["*"])),
    "a list of secrets": ("rbac-no-secrets", role(resources=["secrets"], verbs=["list"])),
    "a watch of secrets": (
        "rbac-no-secrets",
        role("ClusterRole", resources=["secrets"], verbs=["watch"], resourceNames=["one"]),
    ),
    "any one secret": ("rbac-no-secrets", role(resources=["secrets"], verbs=["get"])),
    "escalation": ("rbac-no-escalation", role(resources=["roles"], verbs=["escalate"])),
    "binding": ("rbac-no-escalation", role(resources=["roles"], verbs=["bind"])),
    "impersonation": ("rbac-no-escalation", role(resources=["users"], verbs=["impersonate"])),
    "programs in pods": ("rbac-no-exec", role(resources=["pods/exec"], verbs=["create"])),
    "tokens": ("rbac-no-exec", role(resources=["serviceaccounts/token"], verbs=["create"])),
    "an administrator": (
        "rbac-no-wide-binding",
        binding(kind="ClusterRole", name="cluster-admin"),
    ),
    "everybody": ("rbac-no-wide-binding", binding("system:authenticated")),
}
WHOLE = {
    "a role that reads": role(),
    "one secret by its name": role(resources=["secrets"], verbs=["get"], resourceNames=["one"]),
    "events it writes": role(resources=["events"], verbs=["create"]),
    "a binding of one account": binding(),
    "a role of ours that is called admin": binding(kind="Role", name="admin"),
    "an object that only looks like a role": plain("Other", rules=[{"verbs": ["*"]}]),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_a_wide_grant_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_a_narrow_grant_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
