"""What Argo CD is told: what it follows, and what each Application may touch at most."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.charts import ARGO_NAMESPACE, IN_CLUSTER, source
from components.parts.builders import CustomResource
from components.parts.part import Manifest
from settings.cluster import (
    ClusterChart,
    ClusterFile,
    Event,
    NotificationSettings,
    RepositorySettings,
    SyncWindow,
)

_API = "argoproj.io/v1alpha1"
# What failed is tried again at the newest commit: the way back does not wait for the bad one.
_RETRY = {
    "limit": 3,
    "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"},
    "refresh": True,
}


def application(
    metadata: Mapping[str, Any],
    origin: Mapping[str, Any],
    namespace: str,
    *,
    frozen: bool = False,
    options: tuple[str, ...] = (),
) -> CustomResource:
    """Return an Application in the project of its name; it makes no namespace.

    It has no finalizer: whoever deletes it deletes nothing else.
    """
    automated = {} if frozen else {"automated": {"prune": True, "selfHeal": True}}
    return CustomResource(
        api_version=_API,
        kind="Application",
        metadata=metadata,
        spec={
            "project": metadata["name"],
            "source": dict(origin),
            "destination": {"server": IN_CLUSTER, "namespace": namespace},
            "syncPolicy": {
                **automated,
                "syncOptions": ["CreateNamespace=false", "ServerSideApply=true", *options],
                "retry": _RETRY,
            },
        },
    )


def unweighted(pulled: CustomResource, found: Iterable[Manifest]) -> CustomResource:
    """Return an Application that leaves shares of requests to the controller of rollouts.

    They are neither a difference nor written by a sync, where objects that it pulls have them.
    """
    if not any(one["kind"] == "TraefikService" for one in found):
        return pulled
    path = ".spec.weighted.services[].weight"
    kind = {"group": "traefik.io", "kind": "TraefikService", "jqPathExpressions": [path]}
    policy = pulled.spec["syncPolicy"]
    options = [*policy["syncOptions"], "RespectIgnoreDifferences=true"]
    changed = {"syncPolicy": {**policy, "syncOptions": options}, "ignoreDifferences": [kind]}
    return replace(pulled, spec={**pulled.spec, **changed})


def folder_source(repository: RepositorySettings, revision: str, path: str) -> dict[str, Any]:
    """Return a folder of the repository at a branch or commit."""
    top = repository.folder
    return {
        "repoURL": repository.url,
        "targetRevision": revision,
        "path": f"{top}/{path}" if top else path,
    }


ApiKinds = Iterable[tuple[str, str]]
# As the destination of a project: every namespace, those of objects that are gone among them.
ANYWHERE = "*"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A namespace or all, and kinds by their group: of objects in a namespace, and of others."""

    home: str = ""
    inside: ApiKinds = ()
    outside: ApiKinds = ()


def project(
    metadata: Mapping[str, Any],
    repository: str,
    objects: Iterable[Manifest],
    kept: Scope,
    extra: Mapping[str, Any] | None = None,
) -> CustomResource:
    """Return the AppProject that lets through these objects from one repository.

    `kept` is what it lets through as well: what a project does not know, Argo CD neither
    sees nor prunes, so the last object of a kind, or in a namespace, would be left behind.
    """
    known = list(objects)
    inside = [one for one in known if one["metadata"].get("namespace")]
    outside = [one for one in known if not one["metadata"].get("namespace")]
    spaces = {kept.home, *(one["metadata"]["namespace"] for one in inside)}
    return _project(
        metadata,
        repository,
        [ANYWHERE] if ANYWHERE in spaces else sorted(spaces),
        {
            "clusterResourceWhitelist": _kinds(outside, kept.outside),
            "namespaceResourceWhitelist": _kinds(inside, kept.inside),
            **(extra or {}),
        },
    )


def chart_project(metadata: Mapping[str, Any], chart: ClusterChart) -> CustomResource:
    """Return the AppProject of one chart: anything in its namespace, and kinds that are listed."""
    kinds = [one.model_dump() for one in chart.cluster_kinds]
    spec = {"clusterResourceWhitelist": kinds}
    return _project(metadata, source(chart)["repoURL"], [chart.namespace], spec)


def _project(
    metadata: Mapping[str, Any], repository: str, namespaces: Iterable[str], spec: Mapping[str, Any]
) -> CustomResource:
    return CustomResource(
        api_version=_API,
        kind="AppProject",
        metadata=metadata,
        spec={
            "sourceRepos": [repository],
            "destinations": [{"server": IN_CLUSTER, "namespace": one} for one in namespaces],
            **spec,
        },
    )


def _kinds(objects: Iterable[Manifest], kept: ApiKinds) -> list[dict[str, str]]:
    found = {(one["apiVersion"].rpartition("/")[0], one["kind"]) for one in objects}
    return [{"group": group, "kind": kind} for group, kind in sorted({*found, *kept})]


def who_and_when(name: str, cluster: ClusterFile) -> dict[str, Any]:
    """Return when the Application of a project may sync, and who may sync it by hand."""
    found: dict[str, Any] = {}
    if cluster.windows:
        found["syncWindows"] = [_window(one, name) for one in cluster.windows]
    if cluster.approvers:
        found["roles"] = [
            {
                "name": "approver",
                "groups": list(cluster.approvers),
                "policies": [
                    f"p, proj:{name}:approver, applications, {verb}, {name}/*, allow"
                    for verb in ("get", "sync")
                ],
            }
        ]
    return found


def _window(window: SyncWindow, application_name: str) -> dict[str, Any]:
    return {
        "kind": window.kind.value,
        "schedule": window.schedule,
        "duration": window.duration,
        "timeZone": window.time_zone,
        "applications": [application_name],
        "manualSync": True,
    }


def argo_metadata(name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata of an object that Argo CD itself reads."""
    return {"name": name, "namespace": ARGO_NAMESPACE, "labels": dict(labels)}


NOTIFICATIONS, NOTIFICATIONS_SECRET = "argocd-notifications-cm", "argocd-notifications-secret"
# Of the names in the ConfigMap, which is not ours alone.
_OURS = "localai"
_SUBSCRIBE = "notifications.argoproj.io/subscribe."
# When each is told, as an expression over the Application, and once for each value of another one.
# A sync that heals drift is at a commit that was told already.
_EVENTS: Mapping[Event, tuple[str, str]] = {
    Event.SYNCED: (
        "app.status?.operationState?.phase == 'Succeeded' and "
        "app.status?.health?.status == 'Healthy'",
        "app.status?.operationState?.syncResult?.revision",
    ),
    Event.FAILED: ("app.status?.operationState?.phase in ['Error', 'Failed']", ""),
    Event.DEGRADED: ("app.status?.health?.status == 'Degraded'", ""),
}
# A word is a value of the Application, or text; what fails says why.
_REVISION = ".app.status.operationState.syncResult.revision"
_SENTENCES: Mapping[Event, str] = {
    Event.SYNCED: f'(printf "%s is synced to %s" .app.metadata.name {_REVISION})',
    Event.FAILED: (
        '(printf "%s failed to sync: %s" .app.metadata.name .app.status.operationState.message)'
    ),
    Event.DEGRADED: '(printf "%s is degraded" .app.metadata.name)',
}


def notification_keys(told: NotificationSettings) -> dict[str, str]:
    """Return the keys of Argo CD's ConfigMap of notifications that are ours.

    The address is a key of a Secret. Source of the form: pkg/api/config.go of notifications-engine.
    """
    key = told.slack or told.webhook
    assert key is not None  # noqa: S101 (a rule asks for one of the two)
    json_body = [{"name": "Content-Type", "value": "application/json"}]
    found: dict[str, Any] = {
        f"service.webhook.{_OURS}": {"url": f"${key.key}", "headers": json_body}
    }
    for event in told.events:
        when, once = _EVENTS[event]
        name = f"{_OURS}-{event}"
        condition = {"when": when, "send": [name], **({"oncePer": once} if once else {})}
        sentence = _SENTENCES[event]
        fields = f'"text" {sentence}'
        if told.webhook:
            fields += f' "application" .app.metadata.name "event" "{event}"'
        body = f"{{{{ dict {fields} | toJson }}}}"
        found[f"trigger.{name}"] = [condition]
        found[f"template.{name}"] = {
            "message": f"{{{{ {sentence} }}}}",
            "webhook": {_OURS: {"method": "POST", "body": body}},
        }
    # JSON is YAML, and quotes the braces of templates.
    return {name: json.dumps(one, indent=2) for name, one in found.items()}


def subscribed(application: Manifest, told: NotificationSettings | None) -> Manifest:
    """Return an Application that says what is told of it."""
    if told is None or application["kind"] != "Application":
        return application
    marks = {f"{_SUBSCRIBE}{_OURS}-{event}.{_OURS}": "" for event in told.events}
    metadata = application["metadata"]
    notes = {**metadata.get("annotations", {}), **marks}
    return {**application, "metadata": {**metadata, "annotations": notes}}
