"""Where objects land: each names its namespace, and Argo CD deploys what was reviewed."""

import re
from collections.abc import Iterator
from typing import Any

from gitops.validation.rules.pods import at, entries, words
from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.stack_objects import namespace

# Kinds that have no namespace, among those that a stack or a cluster may hold.
_CLUSTER_WIDE = frozenset({
    "APIService", "CSIDriver", "ClusterRole", "ClusterRoleBinding", "ClusterSecretStore",
    "CustomResourceDefinition", "DeviceClass", "GatewayClass", "IngressClass",
    "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PriorityClass",
    "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration", "VolumeSnapshotClass",
})  # fmt: skip
SHARED = ("default", "kube-system", "kube-public", "kube-node-lease")


def _homeless(manifest: Manifest) -> Iterator[str]:
    found = namespace(manifest)
    if manifest.get("kind") in _CLUSTER_WIDE:
        return
    if not found:
        yield "names no namespace"
    elif found in SHARED:
        yield f"is in the namespace {found}"


NAMESPACES = (
    ObjectRule(
        id="namespace-set",
        sentence="Every object names its namespace, and none of those of the cluster itself.",
        reason="Without one, it lands in whatever namespace the writer's context points to.",
        cure="set `metadata.namespace` to the stack's namespace",
        judge=_homeless,
    ),
)


_CHART_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?\Z")
# How a condition says that there is a value, and that it is a number.
_NEEDS_DATA = re.compile(
    r"\A(?!.*\|\|)(?=.*len\(result\) *(> *0|== *1|>= *1))(?=.*!isNaN\()", re.DOTALL
)
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


def _passing(manifest: Manifest) -> Iterator[str]:
    """Yield the metrics of an analysis that pass, or wait for a person, where there are no data."""
    if manifest.get("kind") not in ("AnalysisTemplate", "ClusterAnalysisTemplate"):
        return
    for metric in entries(at(manifest, "spec", "metrics")):
        condition = str(at(metric, "successCondition") or "")
        if at(metric, "provider", "prometheus") and not _NEEDS_DATA.search(condition):
            yield f"takes no data for an answer in metric {at(metric, 'name')}"


APPLICATIONS = (
    ObjectRule(
        id="chart-version-pinned",
        sentence="An Application deploys one exact version of a chart.",
        reason="A range or `*` brings unreviewed changes at any time.",
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

ROLLOUTS = (
    ObjectRule(
        id="analysis-needs-data",
        sentence="A rollout that is judged by a figure of Prometheus fails where there is none.",
        reason="A query without a result is no failure by itself, and a bad version passes.",
        cure="begin its `successCondition` with `len(result) == 1 && !isNaN(result[0]) &&`",
        judge=_passing,
    ),
)
