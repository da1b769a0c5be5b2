"""ConfigMaps: their content never changes under a running pod."""

import re
from collections.abc import Iterator
from typing import Any

from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.values import at, fields

_BY_CONTENT = re.compile(r"-[0-9a-f]{8,64}\Z")
# Grafana's sidecar reads it and no pod of ours; it removes a dashboard with the map it came in.
_SIDECAR = "grafana_dashboard"


def _is_config(manifest: Manifest) -> bool:
    labels = fields(at(manifest, "metadata", "labels"))
    return manifest.get("kind") == "ConfigMap" and _SIDECAR not in labels


def _mutable(manifest: Manifest) -> Iterator[str]:
    if _is_config(manifest) and manifest.get("immutable") is not True:
        yield "can be changed in place"


def _unnamed(manifest: Manifest) -> Iterator[str]:
    name: Any = at(manifest, "metadata", "name")
    if _is_config(manifest) and not _BY_CONTENT.search(str(name)):
        yield "has a name that does not follow its content"


RULES = (
    ObjectRule(
        id="config-map-immutable",
        sentence="A ConfigMap is immutable.",
        reason="Changed in place, half of the pods would run with a list that nobody reviewed.",
        cure="set `immutable: true`",
        judge=_mutable,
    ),
    ObjectRule(
        id="config-map-named-by-content",
        sentence="The name of a ConfigMap ends in a digest of its content.",
        reason="Then a change starts new pods, and the old ones keep what they started with.",
        cure="end its name in a digest, as `content_name` does",
        judge=_unnamed,
    ),
)
