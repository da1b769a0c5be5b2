"""Every object that one cluster pulls, from its file and the renderings of its stacks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from lightkube.models.core_v1 import ConfigMap, Namespace, ResourceQuota, ResourceQuotaSpec
from lightkube.models.meta_v1 import ObjectMeta

from components.charts import ARGO_NAMESPACE, source
from components.parts.part import KubernetesObject, Manifest, plain
from gitops.cluster.access import (
    COMMITTED,
    cluster_role,
    cluster_role_binding,
    rights_digest,
    stack_access,
)
from gitops.cluster.argo import (
    ANYWHERE,
    NOTIFICATIONS,
    Scope,
    application,
    argo_metadata,
    chart_project,
    folder_source,
    notification_keys,
    project,
    subscribed,
    unweighted,
    who_and_when,
)
from gitops.cluster.flux import flux_objects
from gitops.cluster.layout import ACCOUNT, LABELS, PLACES, ROOT, STACKS, ClusterObjects, path_of
from gitops.cluster.operator import operator_stack
from settings.cluster import Controller, NamespaceQuota, PodSecurity, StackPlace
from settings.stack.delivery import Delivery

_KEEP = "Prune=false,Delete=false"
_SHARED = f"{_KEEP},ServerSideApply=true"
_ASK = "pulumi.com/reconciliation-request"
_OPTIONS, _WAVE = "argocd.argoproj.io/sync-options", "argocd.argoproj.io/sync-wave"
# Argo CD starts a wave once the one before is healthy, at whatever commit it saw last: projects and
# rules of health, then the namespaces with what is in them but stacks, then charts (one is the
# operator), stacks at last.
_FIRST, _PLACES, _CHARTS, _STACKS = -3, -2, -1, 0
_ACCESS = "rbac.authorization.k8s.io"
# What gave a stack that leaves its rights, in its namespace and in that of Argo CD, is pruned where
# it is let through. All namespaces give this project nothing more: it has ClusterRoleBindings.
_PLACE_KINDS = Scope(
    home=ANYWHERE,
    inside=(
        ("", "ResourceQuota"),
        ("", "ServiceAccount"),
        (_ACCESS, "Role"),
        (_ACCESS, "RoleBinding"),
    ),
    outside=(("", "Namespace"), (_ACCESS, "ClusterRole"), (_ACCESS, "ClusterRoleBinding")),
)
# What any stack may be made of; the `Stack` of another delivery goes when this one begins.
_RENDERED_KINDS = Scope(
    inside=(("pulumi.com", "Stack"), *((group, kind) for (group, _), kind in COMMITTED.items()))
)


def placed(cluster: ClusterObjects) -> dict[str, Manifest]:
    """Return every object of a cluster by its path: what one Application pulls is a folder."""
    return {
        f"{folder}/{_file(one)}" if folder else _file(one): one
        for folder, found in objects(cluster).items()
        for one in found
    }


def objects(cluster: ClusterObjects) -> dict[str, list[Manifest]]:
    """Return every object by folder: those that start all others are applied once, by a person."""
    return _CONTROLLERS[cluster.settings.controller](cluster)


def _argo_objects(cluster: ClusterObjects) -> dict[str, list[Manifest]]:
    """Return the same for Argo CD.

    What an Application may touch is in a project that the root updates: before it at a first
    install, and later at its own time, since each Application looks at Git by itself.
    """
    below = {PLACES: [*_places(cluster)]}
    for name, place in cluster.settings.stacks.items():
        below[f"{STACKS}/{name}"] = [*_DELIVERIES[place.delivery](cluster, name)]
    told = cluster.settings.notifications
    pulled = [_health(cluster), *_notifications(cluster), *_charts(cluster)]
    places = argo_metadata(f"{cluster.root}-{PLACES}", LABELS)
    # No object of theirs is without its own namespace, so any of them is as good.
    home = min(cluster.renderings[name].namespace for name in cluster.settings.stacks)
    pulled += _pulled(cluster, places, PLACES, home, below[PLACES])
    for name in cluster.settings.stacks:
        pulled += _pulled_stack(cluster, name, below[f"{STACKS}/{name}"])
    pulled = [subscribed(one, told) for one in pulled]
    first = _pulled(cluster, argo_metadata(cluster.root, LABELS), "", ARGO_NAMESPACE, pulled)
    return {ROOT: [subscribed(one, told) for one in first], "": pulled, **below}


def _flux_objects(cluster: ClusterObjects) -> dict[str, list[Manifest]]:
    return flux_objects(cluster, _places(cluster), partial(_rendered, cluster))


_CONTROLLERS: Mapping[Controller, Callable[[ClusterObjects], dict[str, list[Manifest]]]] = {
    Controller.ARGO: _argo_objects,
    Controller.FLUX: _flux_objects,
}


def _pulled(
    cluster: ClusterObjects,
    meta: Mapping[str, Any],
    folder: str,
    home: str,
    found: Iterable[Manifest],
) -> Iterator[Manifest]:
    """Yield the project that lets through what is in a folder, and what pulls the folder."""
    repository = cluster.settings.repository
    first, wave = (_FIRST, _PLACES) if folder else (0, 0)
    kept = _PLACE_KINDS if folder else Scope(home=home)
    yield _in_wave(project(meta, repository.url, found, kept), first)
    followed = folder_source(repository, repository.branch, path_of(cluster, folder))
    yield _in_wave(application(meta, followed, home), wave)


def _pulled_stack(
    cluster: ClusterObjects, name: str, found: Sequence[Manifest]
) -> Iterator[Manifest]:
    """Yield the same for one stack; where the operator applies it, its `Stack` says the commit."""
    repository, place = cluster.settings.repository, cluster.settings.stacks[name]
    # Another name for another writer: what one has applied, the other never prunes.
    kind = "stack" if place.delivery is Delivery.RENDERED else "operator"
    meta = argo_metadata(f"{kind}-{name}", LABELS)
    limits = who_and_when(meta["name"], cluster.settings)
    is_rendered = place.delivery is Delivery.RENDERED
    home = cluster.renderings[name].namespace if is_rendered else cluster.engine(name)[0]
    kept = replace(_RENDERED_KINDS if is_rendered else Scope(), home=home)
    yield _in_wave(project(meta, repository.url, found, kept, limits), _FIRST)
    revision = (is_rendered and (place.commit or place.branch)) or repository.branch
    followed = folder_source(repository, revision, path_of(cluster, f"{STACKS}/{name}"))
    frozen = is_rendered and place.frozen
    pulled = application(meta, followed, home, frozen=frozen)
    yield _in_wave(unweighted(pulled, found), _STACKS)


def _charts(cluster: ClusterObjects) -> Iterator[Manifest]:
    for name, chart in cluster.settings.charts.items():
        meta = argo_metadata(f"chart-{name}", LABELS)
        yield _in_wave(chart_project(meta, chart), _FIRST)
        # What another version leaves out may be a claim: somebody agrees before it goes.
        pulled = application(meta, source(chart), chart.namespace, options=("Prune=confirm",))
        yield _in_wave(pulled, _CHARTS)


def _places(cluster: ClusterObjects) -> Iterator[Manifest]:
    """Yield the namespaces, what limits them, and who may do what in them."""
    if cluster.shared:
        yield _in_wave(namespace(cluster.shared), _FIRST, _KEEP)
    # Two charts may share one.
    for name in dict.fromkeys(chart.namespace for chart in cluster.settings.charts.values()):
        space = Namespace(metadata=ObjectMeta(name=name, labels=LABELS))
        yield _in_wave(space, _FIRST, _KEEP)
    for name, place in cluster.settings.stacks.items():
        rendering = cluster.renderings[name]
        yield _in_wave(namespace(rendering.namespace, place), _FIRST, _KEEP)
        if place.quota:
            yield plain(resource_quota(rendering.namespace, place.quota))
        if place.delivery is Delivery.OPERATOR:
            given = _labels(name), f"{ACCOUNT}-{name}", rendering, cluster.engine(name)
            yield from map(plain, stack_access(*given))
    yield from map(plain, _shared_access(cluster))


def _operated(cluster: ClusterObjects, name: str) -> Iterator[Manifest]:
    if cluster.settings.state:
        home, account = cluster.engine(name)
        meta = {
            "name": name,
            "namespace": home,
            "labels": _labels(name),
            # The operator may see a commit before Argo CD gives what it needs, and stall.
            "annotations": {_ASK: rights_digest(cluster.renderings[name])},
        }
        stack = operator_stack(account, meta, cluster.settings, cluster.settings.state)
        # The kind comes with the operator, which may be newer than what Argo CD knows.
        yield _in_wave(stack, 0, "SkipDryRunOnMissingResource=true")


def _rendered(cluster: ClusterObjects, name: str) -> Iterator[Manifest]:
    return (part.object for part in cluster.renderings[name].parts if part.object)


_DELIVERIES: Mapping[Delivery, Callable[[ClusterObjects, str], Iterable[Manifest]]] = {
    Delivery.OPERATOR: _operated,
    Delivery.RENDERED: _rendered,
}


def _labels(stack: str) -> dict[str, str]:
    return {**LABELS, "app.kubernetes.io/part-of": f"localai-{stack}"}


def _shared_access(cluster: ClusterObjects) -> Iterator[KubernetesObject]:
    """Yield what cannot be given in a namespace: asking who a token is, and whose cluster this is.

    The operator's workspace asks the first, the program of a stack that is bound the second.
    """
    operated = [
        name
        for name, place in cluster.settings.stacks.items()
        if place.delivery is Delivery.OPERATOR
    ]
    if operated:
        meta = ObjectMeta(name=f"{ACCOUNT}-tokens", labels=LABELS)
        accounts = map(cluster.engine, operated)
        yield cluster_role_binding(meta, "system:auth-delegator", accounts)
    if bound := [cluster.engine(one) for one in operated if cluster.renderings[one].cluster_uid]:
        meta = ObjectMeta(name=f"{ACCOUNT}-cluster", labels=LABELS)
        yield cluster_role(meta)
        yield cluster_role_binding(meta, f"{ACCOUNT}-cluster", bound)


def namespace(name: str, place: StackPlace | None = None) -> Namespace:
    """Return the namespace of a stack, which holds its claims: Argo CD never deletes it."""
    level = (place.pod_security if place else PodSecurity.RESTRICTED).value
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("audit", "enforce", "warn")}
    return Namespace(metadata=ObjectMeta(name=name, labels={**LABELS, **labels}))


def resource_quota(name: str, quota: NamespaceQuota) -> ResourceQuota:
    """Return the quota of a whole namespace."""
    limits = {
        "requests.cpu": quota.cpu,
        "requests.memory": quota.memory,
        "requests.storage": quota.storage,
        "persistentvolumeclaims": quota.claims,
        **{f"requests.{resource}": count for resource, count in sorted(quota.gpus.items())},
    }
    hard = {limit: str(value) for limit, value in limits.items() if value is not None}
    meta = ObjectMeta(name="cluster", namespace=name, labels=LABELS)
    return ResourceQuota(metadata=meta, spec=ResourceQuotaSpec(hard=hard))


def _health(cluster: ClusterObjects) -> Manifest:
    """Return the keys of Argo CD's own ConfigMap that are ours; the others stay as they are."""
    prefix = "resource.customizations.health."
    rules = {f"{prefix}{name}": rule for name, rule in cluster.health.items()}
    return _in_wave(_of_argo("argocd-cm", rules), _FIRST, _SHARED)


def _notifications(cluster: ClusterObjects) -> Iterator[Manifest]:
    """Yield our keys of another such ConfigMap; once nothing makes them, they are left alone."""
    if told := cluster.settings.notifications:
        notes = {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"}
        keys = _of_argo(NOTIFICATIONS, notification_keys(told), notes)
        yield _in_wave(keys, _FIRST, _SHARED)


def _of_argo(
    name: str, data: dict[str, str], annotations: dict[str, str] | None = None
) -> ConfigMap:
    labels = {"app.kubernetes.io/part-of": "argocd"}
    meta = ObjectMeta(name=name, namespace=ARGO_NAMESPACE, labels=labels, annotations=annotations)
    return ConfigMap(metadata=meta, data=data)


def _in_wave(thing: KubernetesObject, wave: int, options: str = "") -> Manifest:
    manifest = plain(thing)
    found = {
        **({_OPTIONS: options} if options else {}),
        # The wave of an object that names none.
        **({_WAVE: str(wave)} if wave else {}),
    }
    notes = {**manifest["metadata"].get("annotations", {}), **found}
    more = {"annotations": notes} if notes else {}
    return {**manifest, "metadata": {**manifest["metadata"], **more}}


def _file(manifest: Manifest) -> str:
    """Return a file name; the namespace is part of it where one name is in several."""
    metadata = manifest["metadata"]
    place = [one for one in (metadata.get("namespace"), metadata["name"]) if one]
    # A namespace has no dot, so no two objects share a file.
    return f"{manifest['kind'].lower()}-{'.'.join(place)}.yaml"
