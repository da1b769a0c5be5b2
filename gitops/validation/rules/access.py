"""Access: what a role may do to the cluster, and what a pod that asks nothing of it holds."""

from collections.abc import Iterator

from gitops.validation.rules.pods import at, entries, fields, pod_spec, words
from gitops.validation.rules.rule import Manifest, ObjectRule

_ROLES = ("Role", "ClusterRole")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_FIELDS = ("apiGroups", "resources", "verbs", "nonResourceURLs")
_ESCALATING = ("escalate", "bind", "impersonate")
# Each runs a program as another account, or makes the credentials to do so.
_RUNNING = (
    "pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "pods/ephemeralcontainers",
    "nodes/proxy", "serviceaccounts/token",
)  # fmt: skip
_WIDE = ("cluster-admin", "admin", "edit")
_EVERYBODY = ("system:authenticated", "system:unauthenticated", "system:masters")


def _grants(manifest: Manifest) -> Iterator[Manifest]:
    if manifest.get("kind") in _ROLES:
        yield from map(fields, entries(manifest.get("rules")))


def _wildcards(manifest: Manifest) -> Iterator[str]:
    for grant in _grants(manifest):
        for field in _FIELDS:
            if any(word == "*" or word.startswith("*/") for word in words(grant.get(field))):
                yield f"grants every one of {field}"


def _secrets(manifest: Manifest) -> Iterator[str]:
    for grant in _grants(manifest):
        if "secrets" not in words(grant.get("resources")):
            continue
        verbs = words(grant.get("verbs"))
        yield from (f"may {verb} secrets" for verb in verbs if verb in ("list", "watch"))
        if "get" in verbs and not words(grant.get("resourceNames")):
            yield "may get every secret"


def _escalating(manifest: Manifest) -> Iterator[str]:
    for grant in _grants(manifest):
        yield from (f"may {verb}" for verb in words(grant.get("verbs")) if verb in _ESCALATING)


def _running(manifest: Manifest) -> Iterator[str]:
    for grant in _grants(manifest):
        yield from (f"reaches {name}" for name in words(grant.get("resources")) if name in _RUNNING)


def _wide_bindings(manifest: Manifest) -> Iterator[str]:
    if manifest.get("kind") not in _BINDINGS:
        return
    role = at(manifest, "roleRef", "name")
    if at(manifest, "roleRef", "kind") == "ClusterRole" and role in _WIDE:
        yield f"binds the role {role}"
    for subject in entries(manifest.get("subjects")):
        if at(subject, "name") in _EVERYBODY:
            yield f"binds the group {at(subject, 'name')}"


ACCESS = (
    ObjectRule(
        id="rbac-no-wildcard",
        sentence="A role names what it grants.",
        reason="`*` also grants what is installed later.",
        cure="list the API groups, resources and verbs",
        judge=_wildcards,
    ),
    ObjectRule(
        id="rbac-no-secrets",
        sentence="A role reads at most the secrets it names.",
        reason="Who lists secrets has every key of the namespace; `list` shows their values too.",
        cure="grant `get` with `resourceNames`",
        judge=_secrets,
    ),
    ObjectRule(
        id="rbac-no-escalation",
        sentence="No role may escalate, bind or impersonate.",
        reason="Each of the three turns a small role into any role.",
        cure="delete the verb",
        judge=_escalating,
    ),
    ObjectRule(
        id="rbac-no-exec",
        sentence="No role reaches into pods or nodes, or makes tokens.",
        reason="Who can run a program in a pod has its secrets and its network.",
        cure="delete the resource",
        judge=_running,
    ),
    ObjectRule(
        id="rbac-no-wide-binding",
        sentence="Nobody is bound to an administrator's role, and no role to everybody.",
        reason="The wide built-in roles read secrets and run programs in pods.",
        cure="bind a role of your own to one service account",
        judge=_wide_bindings,
    ),
)


_KEY = "automountServiceAccountToken"


def _mounted(manifest: Manifest) -> Iterator[str]:
    spec = manifest if manifest.get("kind") == "ServiceAccount" else pod_spec(manifest)
    if spec and spec.get(_KEY) is not False:
        yield f"leaves {_KEY} on"


def _shared(manifest: Manifest) -> Iterator[str]:
    spec = pod_spec(manifest)
    if spec and spec.get("serviceAccountName", "default") == "default":
        yield "runs as the namespace's default service account"


IDENTITY = (
    ObjectRule(
        id="token-not-mounted",
        sentence="Neither a pod nor its service account mounts a token of the API server.",
        reason="A server that is broken into would hand out the cluster as well.",
        cure="set `automountServiceAccountToken: false`",
        judge=_mounted,
    ),
    ObjectRule(
        id="own-service-account",
        sentence="A pod runs as a service account of its own.",
        reason="What is granted to the default account, every pod of the namespace may do.",
        cure="name one with `serviceAccountName`",
        judge=_shared,
    ),
)
