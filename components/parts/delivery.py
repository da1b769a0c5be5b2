"""Adapts parts to who applies them: annotations for Argo CD, or for the Pulumi engine."""

import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from components.parts.part import Manifest, Part
from settings.stack.delivery import Delivery

_ARGO_SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
_ARGO_COMPARE = "argocd.argoproj.io/compare-options"
_ARGO_WAVE = "argocd.argoproj.io/sync-wave"
_PULUMI_WAIT = "pulumi.com/waitFor"
_PULUMI_SKIP_AWAIT = "pulumi.com/skipAwait"

# A claim that binds to its first consumer is never healthy before the Job that consumes it: both
# are in wave 0. Servers follow once the Jobs have completed.
_SERVERS = ("Deployment", "StatefulSet")
# These are well only once what they lead to is there, so nothing may wait for them.
_LAST = ("HorizontalPodAutoscaler", "ScaledObject", "Ingress", "HTTPRoute")
_CUSTOM = {
    "Application": [
        "jsonpath={.status.sync.status}=Synced",
        "jsonpath={.status.health.status}=Healthy",
    ],
    "ExternalSecret": ["condition=Ready"],
}
_SYNC = ["ServerSideApply=true", "PruneLast=true"]
_KEEP = ["Prune=false", "Delete=false"]


def delivered(parts: Iterable[Part], delivery: Delivery) -> tuple[Part, ...]:
    """Return the parts as one delivery mode wants them."""
    annotate = _for_argo if delivery is Delivery.RENDERED else _for_engine
    return tuple(_annotated(part, annotate(part)) for part in parts)


def _for_argo(part: Part) -> dict[str, str]:
    if part.manifest is None:
        return {}
    options = _SYNC + (_KEEP if part.options.retain else [])
    wave = {_ARGO_WAVE: wave} if (wave := _wave(part.manifest)) else {}
    # A claim that stays when its pool goes is not out of sync.
    kept = {_ARGO_COMPARE: "IgnoreExtraneous"} if part.options.retain else {}
    return {_ARGO_SYNC_OPTIONS: ",".join(options), **wave, **kept}


def _wave(manifest: Manifest) -> str | None:
    """Return the wave of an object, or nothing for the first one."""
    if manifest["kind"] in _SERVERS:
        return "1"
    balanced = manifest["kind"] == "Service" and manifest["spec"].get("type") == "LoadBalancer"
    return "2" if balanced or manifest["kind"] in _LAST else None


def _for_engine(part: Part) -> dict[str, str]:
    kind = part.manifest["kind"] if part.manifest else ""
    # Where a class binds on first use, the provider waits for a new claim to be Pending. A kept
    # claim that is taken over is Bound already, and the Jobs wait for the others.
    if kind == "PersistentVolumeClaim":
        return {_PULUMI_SKIP_AWAIT: "true"}
    wanted = _CUSTOM.get(kind)
    # The provider does not wait for custom resources unless it is told what to wait for.
    return {_PULUMI_WAIT: json.dumps(wanted)} if wanted else {}


def _annotated(part: Part, annotations: dict[str, str]) -> Part:
    if part.manifest is None or not annotations:
        return part
    manifest: dict[str, Any] = deepcopy(dict(part.manifest))
    metadata = manifest["metadata"]
    metadata["annotations"] = {**metadata.get("annotations", {}), **annotations}
    return replace(part, manifest=manifest)
