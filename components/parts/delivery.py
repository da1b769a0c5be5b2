"""Adapts parts to who applies them: annotations for Argo CD, or for the Pulumi engine."""

import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from components.parts.kinds import KINDS, LAST_WAVE
from components.parts.labels import VERIFY_ROLE
from components.parts.part import Manifest, Part
from components.parts.roles import ROLE
from settings.stack.delivery import Delivery

_ARGO_SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
_ARGO_COMPARE = "argocd.argoproj.io/compare-options"
_ARGO_WAVE = "argocd.argoproj.io/sync-wave"
_PULUMI_WAIT = "pulumi.com/waitFor"
SKIP_AWAIT = "pulumi.com/skipAwait"

_SYNC = ["ServerSideApply=true", "PruneLast=true"]
_KEEP = ["Prune=false", "Delete=false"]


def delivered(parts: Iterable[Part], delivery: Delivery) -> tuple[Part, ...]:
    """Return the parts as one delivery mode needs them."""
    # Compose reads no annotation.
    if delivery is Delivery.COMPOSE:
        return tuple(parts)
    annotate = _for_argo if delivery is Delivery.RENDERED else _for_engine
    return tuple(_annotated(part, annotate(part)) for part in parts)


def _for_argo(part: Part) -> dict[str, str]:
    if part.manifest is None:
        return {}
    options = _SYNC + (_KEEP if part.options.retain else [])
    # The first wave, 0, is the one of an object that names none.
    wave = {_ARGO_WAVE: str(wave)} if (wave := _wave(part.manifest)) else {}
    # A claim that stays when its pool goes is not out of sync.
    kept = {_ARGO_COMPARE: "IgnoreExtraneous"} if part.options.retain else {}
    return {_ARGO_SYNC_OPTIONS: ",".join(options), **wave, **kept}


def _wave(manifest: Manifest) -> int:
    # Servers have to be healthy before they are asked.
    if manifest["metadata"].get("labels", {}).get(ROLE) == VERIFY_ROLE:
        return LAST_WAVE
    # A load balancer is well once a cloud has given it an address.
    return LAST_WAVE if _is_balanced(manifest) else KINDS[manifest["kind"]].wave


def _is_balanced(manifest: Manifest) -> bool:
    return manifest["kind"] == "Service" and manifest["spec"].get("type") == "LoadBalancer"


def _for_engine(part: Part) -> dict[str, str]:
    if part.manifest is None:
        return {}
    kind = KINDS[part.manifest["kind"]]
    if not (kind.is_awaited or _is_balanced(part.manifest)):
        return {SKIP_AWAIT: "true"}
    # The provider does not wait for custom resources unless it is told what to wait for.
    return {_PULUMI_WAIT: json.dumps(kind.wait_for)} if kind.wait_for else {}


def _annotated(part: Part, annotations: dict[str, str]) -> Part:
    if part.manifest is None or not annotations:
        return part
    manifest: dict[str, Any] = deepcopy(dict(part.manifest))
    metadata = manifest["metadata"]
    metadata["annotations"] = {**metadata.get("annotations", {}), **annotations}
    return replace(part, manifest=manifest)
