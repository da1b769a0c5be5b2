"""Which GPU profile a pod's node labels mean: exact by product, else by the labels of clouds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops.adoption.running import items, mapping, mappings
from gitops.adoption.workload import Workload
from hardware.profile import GpuProfile
from hardware.profiles import PROFILES

_GKE = "cloud.google.com/gke-accelerator"
_KARPENTER = "karpenter.k8s.aws/instance-gpu-name"
_INSTANCE = "node.kubernetes.io/instance-type"
# By label, then by value or the start of it (GKE, Karpenter and AWS documentation, 2025).
_CLOUDS: Mapping[str, Mapping[str, str]] = {
    _GKE: {
        "nvidia-tesla-t4": "nvidia-t4", "nvidia-l4": "nvidia-l4",
        "nvidia-tesla-a100": "nvidia-a100-40gb", "nvidia-a100-80gb": "nvidia-a100-80gb",
        "nvidia-h100-80gb": "nvidia-h100-80gb",
    },
    _KARPENTER: {
        "t4": "nvidia-t4", "a10g": "nvidia-a10g", "l4": "nvidia-l4", "l40s": "nvidia-l40s",
        "h100": "nvidia-h100-80gb",
    },
    _INSTANCE: {
        "g4dn.": "nvidia-t4", "g5.": "nvidia-a10g", "g6.": "nvidia-l4", "g6e.": "nvidia-l40s",
        "p4d.": "nvidia-a100-40gb", "p4de.": "nvidia-a100-80gb", "p5.": "nvidia-h100-80gb",
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Gpus:
    """What a pod asks for: the resource and how many, the profile if known, and what told it.

    `exact` is false where a label of a cloud told it, whose nodes may lack the profile's label.
    """

    resource: str
    count: int
    profile: GpuProfile | None
    told_by: str = ""
    exact: bool = True


def gpus(workload: Workload) -> Gpus | None:
    """Return the GPUs that a pod of a workload takes, None if it takes none."""
    resource, count = _asked(workload)
    if not resource:
        return None
    labels = node_labels(workload)
    known = [profile for profile in PROFILES.values() if profile.resource == resource]
    for profile in known:
        if all(labels.get(key) == value for key, value in profile.node_selector.items()):
            told = ", ".join(profile.node_selector)
            return Gpus(resource=resource, count=count, profile=profile, told_by=told)
    for label, value in labels.items():
        for start, name in _CLOUDS.get(label, {}).items():
            whole = value.startswith(start) if start.endswith(".") else value == start
            if whole and PROFILES.get(name) in known:
                return Gpus(
                    resource=resource, count=count, profile=PROFILES[name], told_by=label,
                    exact=False,
                )  # fmt: skip
    return Gpus(resource=resource, count=count, profile=None)


def node_labels(workload: Workload) -> dict[str, str]:
    """Return the node labels that the pods of a workload insist on."""
    return {**dict(_affinity(workload.pod)), **_texts(mapping(workload.pod.get("nodeSelector")))}


def _texts(labels: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in labels.items()}


def _affinity(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the labels with one value that a node affinity demands."""
    node = mapping(mapping(pod.get("affinity")).get("nodeAffinity"))
    demanded = mapping(node.get("requiredDuringSchedulingIgnoredDuringExecution"))
    terms = mappings(demanded.get("nodeSelectorTerms"))
    for rule in mappings(terms[0].get("matchExpressions")) if len(terms) == 1 else ():
        values = items(rule.get("values"))
        if rule.get("operator") == "In" and len(values) == 1:
            yield str(rule.get("key")), str(values[0])


def _asked(workload: Workload) -> tuple[str, int]:
    resources = mapping(workload.server.get("resources"))
    amounts = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    for name, amount in amounts.items():
        if "gpu" in name and "/" in name and str(amount).isdigit() and int(amount):
            return name, int(amount)
    return "", 0
