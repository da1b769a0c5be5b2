"""Argo CD Applications: what they deploy is what was reviewed."""

import re
from collections.abc import Iterator
from typing import Any

from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.values import at, entries, words

_CHART_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?\Z")
_ASKS_FIRST = ("Prune=false", "Prune=confirm")


def _sources(manifest: Manifest) -> list[Any]:
    if manifest.get("kind") != "Application":
        return []
    single = at(manifest, "spec", "source")
    return [*([single] if single else []), *entries(at(manifest, "spec", "sources"))]


def _moving(manifest: Manifest) -> Iterator[str]:
    for source in _sources(manifest):
        chart, version = at(source, "chart"), str(at(source, "targetRevision") or "")
        if chart and not _CHART_VERSION.match(version):
            yield f"deploys {chart} at {version or 'any version'}, which moves"


def _pruning(manifest: Manifest) -> Iterator[str]:
    policy = at(manifest, "spec", "syncPolicy")
    asks = any(option in _ASKS_FIRST for option in words(at(policy, "syncOptions")))
    if at(policy, "automated", "prune") is not True or asks:
        return
    for source in _sources(manifest):
        if not at(source, "ref"):
            place: Any = at(source, "chart") or at(source, "path") or "its folder"
            yield f"prunes what leaves {place}, claims included"


RULES = (
    ObjectRule(
        id="chart-version-pinned",
        sentence="An Application deploys one exact version of a chart.",
        reason="A range or `*` brings what nobody reviewed, at a time that nobody chose.",
        cure="write one version, such as `1.15.5`",
        judge=_moving,
    ),
    ObjectRule(
        id="claims-not-pruned",
        sentence="No Application prunes what leaves its folder or chart without asking.",
        reason="A claim that leaves it by mistake would be deleted with its data.",
        cure="set `prune: false`, or the sync option `Prune=confirm`",
        judge=_pruning,
    ),
)
