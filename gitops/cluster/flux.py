"""What Flux is told: what it follows, and as whom it applies each folder."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lightkube.models.core_v1 import ServiceAccount
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import PolicyRule

from components.parts.builders import CustomResource
from components.parts.part import KubernetesObject, Manifest, plain
from gitops.cluster.access import applied, role, role_binding
from gitops.cluster.layout import (
    LABELS,
    PLACES,
    PULLED,
    ROOT,
    STACKS,
    ClusterObjects,
    path_of,
)
from settings.cluster import ClusterFile, StackPlace

NAMESPACE = "flux-system"
_ARGO = "argocd.argoproj.io/"
_PRUNE = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
# Git is asked often, since that is cheap; what is in the cluster is compared less often.
_ASKED, _COMPARED, _RETRIED, _TIMEOUT = "1m", "10m", "2m", "5m"


def flux_objects(
    cluster: ClusterObjects,
    places: Iterable[Manifest],
    rendered: Callable[[str], Iterable[Manifest]],
) -> dict[str, list[Manifest]]:
    """Return every object by folder, from those of the places and of each stack.

    Flux takes every file below a folder, so none is in another. What it may touch for a stack is an
    account that another Kustomization has updated before.
    """
    stacks = cluster.settings.stacks
    waited = f"{cluster.root}-{PLACES}"
    pulled = [_kustomization(cluster, waited, PLACES, cluster.root, {"wait": True})]
    accounts: list[Manifest] = []
    for name, place in stacks.items():
        own = _name(name) if place.branch or place.commit else ""
        # What a commit or another branch holds, no change of this one reaches.
        rules = applied(cluster.renderings[name], elsewhere=bool(own))
        accounts += map(plain, _account(_name(name), rules))
        if own:
            pulled.append(_source(own, cluster.settings, place))
        extra = {
            "serviceAccountName": _name(name),
            "dependsOn": [{"name": waited}],
            **({"suspend": True} if place.frozen else {}),
        }
        folder = f"{STACKS}/{name}"
        pulled.append(_kustomization(cluster, _name(name), folder, own or cluster.root, extra))
    top = _kustomization(cluster, cluster.root, PULLED, cluster.root)
    return {
        ROOT: [_source(cluster.root, cluster.settings), top],
        PULLED: pulled,
        PLACES: [*_told(places), *accounts],
        **{f"{STACKS}/{name}": [*_told(rendered(name))] for name in stacks},
    }


def _name(stack: str) -> str:
    return f"stack-{stack}"


def _source(name: str, cluster: ClusterFile, place: StackPlace | None = None) -> Manifest:
    """Return where from the cluster, or one stack that follows something else, is pulled."""
    repository = cluster.repository
    branch = (place and place.branch) or repository.branch
    token = repository.token
    one = CustomResource(
        api_version="source.toolkit.fluxcd.io/v1",
        kind="GitRepository",
        metadata=_meta(name),
        spec={
            "url": repository.url,
            "ref": {"commit": place.commit} if place and place.commit else {"branch": branch},
            "interval": _ASKED,
            "timeout": _TIMEOUT,
            **({"secretRef": {"name": token.secret}} if token else {}),
        },
    )
    return plain(one)


def _kustomization(
    cluster: ClusterObjects,
    name: str,
    folder: str,
    source: str,
    extra: Mapping[str, Any] | None = None,
) -> Manifest:
    """Return what applies a folder; deleting it leaves all that it applied in the cluster."""
    top = cluster.settings.repository.folder
    path = path_of(cluster, folder)
    one = CustomResource(
        api_version="kustomize.toolkit.fluxcd.io/v1",
        kind="Kustomization",
        metadata=_meta(name),
        spec={
            "sourceRef": {"kind": "GitRepository", "name": source},
            "path": f"./{top}/{path}" if top else f"./{path}",
            "prune": True,
            "deletionPolicy": "Orphan",
            "interval": _COMPARED,
            "retryInterval": _RETRIED,
            "timeout": _TIMEOUT,
            **(extra or {}),
        },
    )
    return plain(one)


def _account(name: str, rules: Mapping[str, list[PolicyRule]]) -> Iterator[KubernetesObject]:
    """Yield whom Flux is when it applies a stack, and what that account may do by namespace."""
    yield ServiceAccount(metadata=ObjectMeta(name=name, namespace=NAMESPACE, labels=LABELS))
    for namespace, found in rules.items():
        place = ObjectMeta(name=name, namespace=namespace, labels=LABELS)
        yield role(place, found)
        yield role_binding(place, NAMESPACE, name)


def _told(manifests: Iterable[Manifest]) -> Iterator[Manifest]:
    """Yield objects with what Argo CD is told by annotations told to Flux instead."""
    for one in manifests:
        metadata: dict[str, Any] = dict(one["metadata"])
        annotations: dict[str, str] = metadata.pop("annotations", None) or {}
        kept = "Prune=false" in annotations.get(f"{_ARGO}sync-options", "").split(",")
        others = {key: value for key, value in annotations.items() if not key.startswith(_ARGO)}
        found = {**others, **(_PRUNE if kept else {})}
        yield {**one, "metadata": {**metadata, **({"annotations": found} if found else {})}}


def _meta(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": NAMESPACE, "labels": LABELS}
