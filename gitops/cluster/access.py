"""What the program of a stack may do in the cluster: what its parts need, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping

from lightkube.models.core_v1 import ServiceAccount
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)

from components.parts.kinds import KINDS
from components.parts.labels import content_digest
from components.parts.part import KubernetesObject, plain
from gitops.planning.rendering.rendering import Rendering

_GROUP = "rbac.authorization.k8s.io"
# The engine writes by server-side apply: it never replaces an object, so it needs no `update`. It
# lists and watches what it deletes until it is gone.
_WRITE = ("create", "delete", "get", "list", "patch", "watch")
_LOOK = ("list", "watch")
# Of what a stack no longer declares: the rights are those of the new parts, and the engine has yet
# to read what the old ones left, and to delete it.
_LEFT = ("delete", "get", "list", "watch")
# The engine leaves every claim behind: nobody who takes over its pod may delete one.
KEPT = "PersistentVolumeClaim"
# What the provider looks at while it waits for an object of any kind, and of these. Without one of
# them `up` neither ends nor says why. Source: provider/pkg/await of pulumi-kubernetes.
EVENTS = ("", "events")
_CLAIMS, _PODS = ("", "persistentvolumeclaims"), ("", "pods")
# Endpoints are deprecated, and the provider's issue 3623 moves it to slices, which say no more.
_ENDS = (("", "endpoints"), ("discovery.k8s.io", "endpointslices"))
AWAITED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Deployment": (_PODS, _CLAIMS, ("apps", "replicasets")),
    "Ingress": (*_ENDS, ("", "services")),
    "Job": (_PODS,),
    # Load balancers are waited for, and whatever Service earlier code has written to the state.
    "Service": _ENDS,
    "StatefulSet": (_PODS,),
}


def service_account(meta: ObjectMeta) -> ServiceAccount:
    """Return who the program of a stack is; its token is for the workspace."""
    return ServiceAccount(metadata=meta)


# Kinds by their group and their resource.
_Resources = dict[tuple[str, str], str]


def namespaced(rendering: Rendering) -> dict[str, list[PolicyRule]]:
    """Return the rules of a stack by namespace; no kind is in two of them."""
    return _by_namespace(rendering, _kinds(rendering), LEAVABLE)


def applied(rendering: Rendering, *, elsewhere: bool) -> dict[str, list[PolicyRule]]:
    """Return the same for who applies committed objects, of which none is a Secret.

    Objects that are committed `elsewhere`, on another branch or at another commit, are of any kind.
    """
    kinds = _kinds(rendering)
    if elsewhere:
        kinds.setdefault(rendering.namespace, {}).update(COMMITTED)
    return _by_namespace(rendering, kinds, LEAVABLE - {_SECRETS})


def _kinds(rendering: Rendering) -> dict[str, _Resources]:
    kinds: dict[str, _Resources] = {}
    for part in rendering.parts:
        if part.object:
            known = kinds.setdefault(part.object["metadata"]["namespace"], {})
            kind = part.object["kind"]
            known[_group(part.object["apiVersion"]), plural(kind)] = kind
    return kinds


def _by_namespace(
    rendering: Rendering, kinds: Mapping[str, _Resources], leavable: frozenset[tuple[str, str]]
) -> dict[str, list[PolicyRule]]:
    none = frozenset[tuple[str, str]]()
    return {
        namespace: list(_rules(found, leavable if namespace == rendering.namespace else none))
        for namespace, found in sorted(kinds.items())
    }


def rights_digest(rendering: Rendering) -> str:
    """Return what changes exactly when the rights of a stack do."""
    rules = namespaced(rendering).items()
    return content_digest([plain(role(ObjectMeta(namespace=name), found)) for name, found in rules])


def _rules(kinds: _Resources, leavable: frozenset[tuple[str, str]]) -> Iterator[PolicyRule]:
    kept = {one for one, kind in kinds.items() if kind == KEPT}
    left = leavable - {*kinds}
    looked_at = {EVENTS, *(one for kind in kinds.values() for one in AWAITED.get(kind, ()))}
    yield from _grouped({*kinds} - kept, _WRITE)
    yield from _grouped(kept, tuple(verb for verb in _WRITE if verb != "delete"))
    yield from _grouped(left, _LEFT)
    yield from _grouped(looked_at - {*kinds} - left, _LOOK)


def _grouped(kinds: Iterable[tuple[str, str]], verbs: tuple[str, ...]) -> Iterator[PolicyRule]:
    groups: dict[str, list[str]] = {}
    for group, resource in sorted(kinds):
        groups.setdefault(group, []).append(resource)
    for group, resources in groups.items():
        yield PolicyRule(apiGroups=[group], resources=resources, verbs=list(verbs))


def role(meta: ObjectMeta, rules: list[PolicyRule]) -> Role:
    """Return what a stack may do in one namespace."""
    return Role(metadata=meta, rules=rules)


def role_binding(meta: ObjectMeta, home: str, account: str) -> RoleBinding:
    """Return the binding of a Role of the same name to an account in the namespace `home`."""
    return RoleBinding(
        metadata=meta,
        roleRef=RoleRef(apiGroup=_GROUP, kind="Role", name=str(meta.name)),
        subjects=[_subject(home, account)],
    )


def cluster_role(meta: ObjectMeta) -> ClusterRole:
    """Return the right to read the one Namespace whose UID tells clusters apart."""
    rule = PolicyRule(
        apiGroups=[""], resources=["namespaces"], resourceNames=["kube-system"], verbs=["get"]
    )
    return ClusterRole(metadata=meta, rules=[rule])


def cluster_role_binding(
    meta: ObjectMeta, name: str, accounts: Iterable[tuple[str, str]]
) -> ClusterRoleBinding:
    """Return the binding of a ClusterRole to accounts, each a namespace and a name."""
    return ClusterRoleBinding(
        metadata=meta,
        roleRef=RoleRef(apiGroup=_GROUP, kind="ClusterRole", name=name),
        subjects=[_subject(*one) for one in accounts],
    )


def _subject(namespace: str, account: str) -> Subject:
    return Subject(kind="ServiceAccount", name=account, namespace=namespace)


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def plural(kind: str) -> str:
    """Return the resource of a kind, as the API server names it in addresses and in RBAC."""
    word = kind.lower()
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"


def stack_access(
    labels: Mapping[str, str], name: str, rendering: Rendering, engine: tuple[str, str]
) -> Iterator[KubernetesObject]:
    """Yield the account of a stack, and its Roles by namespace under one name."""
    home, account = engine
    yield service_account(ObjectMeta(name=account, namespace=home, labels=dict(labels)))
    for namespace, rules in namespaced(rendering).items():
        place = ObjectMeta(name=name, namespace=namespace, labels=dict(labels))
        yield role(place, rules)
        yield role_binding(place, home, account)


# Every kind that a stack may have had in its own namespace.
LEAVABLE = frozenset(
    (_group(row.api), plural(kind))
    for kind, row in KINDS.items()
    if row.is_ours and kind not in (KEPT, "Application")
)
_SECRETS = ("", "secrets")
# Every kind that a stack may have in files: a Secret is never written, and an Application is of a
# project of its own.
COMMITTED: _Resources = {
    (_group(row.api), plural(kind)): kind
    for kind, row in KINDS.items()
    if row.is_ours and kind not in ("Application", "Secret")
}
