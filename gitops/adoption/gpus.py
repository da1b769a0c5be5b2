"""Which GPUs a workload takes: the resource, how many, and what tells their profile."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from documents.problem import RefusedError, refusal
from gitops.adoption.running import items, mapping, mappings
from gitops.adoption.workload import Workload
from hardware.profile import GpuProfile, UnknownProfileError
from hardware.profiles import gpu_profile

Profiles = Mapping[str, GpuProfile]
_GKE = "cloud.google.com/gke-accelerator"
_KARPENTER = "karpenter.k8s.aws/instance-gpu-name"
_INSTANCE = "node.kubernetes.io/instance-type"
# By label, then by value or the start of it (GKE, Karpenter and AWS documentation, 2025).
_CLOUDS: Mapping[str, Mapping[str, str]] = {
    _GKE: {
        "nvidia-tesla-t4": "nvidia-t4", "nvidia-l4": "nvidia-l4",
        "nvidia-tesla-v100": "nvidia-v100-16gb",
        "nvidia-tesla-a100": "nvidia-a100-40gb", "nvidia-a100-80gb": "nvidia-a100-80gb",
        "nvidia-h100-80gb": "nvidia-h100-80gb", "nvidia-h200-141gb": "nvidia-h200",
        "nvidia-b200": "nvidia-b200",
    },
    _KARPENTER: {
        "t4": "nvidia-t4", "a10g": "nvidia-a10g", "l4": "nvidia-l4", "l40s": "nvidia-l40s",
        "h100": "nvidia-h100-80gb",
    },
    _INSTANCE: {
        "g4dn.": "nvidia-t4", "g5.": "nvidia-a10g", "g6.": "nvidia-l4", "g6e.": "nvidia-l40s",
        "p4d.": "nvidia-a100-40gb", "p4de.": "nvidia-a100-80gb", "p5.": "nvidia-h100-80gb",
        "p3.": "nvidia-v100-16gb", "p5e.": "nvidia-h200", "p5en.": "nvidia-h200",
        "p6-b200.": "nvidia-b200",
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


def gpus(workload: Workload, profiles: Profiles) -> Gpus | None:
    """Return the GPUs that a pod of a workload takes, None if it takes none."""
    resource, count = _asked(workload, profiles)
    if not resource:
        return None
    labels = node_labels(workload)
    known = [profile for profile in profiles.values() if profile.resource == resource]
    for profile in sorted(known, key=lambda one: -len(one.node_selector)):
        if _agrees(profile, labels):
            told = ", ".join(profile.node_selector)
            return Gpus(resource=resource, count=count, profile=profile, told_by=told)
    for label, value in labels.items():
        for start, name in _CLOUDS.get(label, {}).items():
            whole = value.startswith(start) if start.endswith(".") else value == start
            if whole and profiles.get(name) in known:
                return Gpus(
                    resource=resource, count=count, profile=profiles[name], told_by=label,
                    exact=False,
                )  # fmt: skip
    return Gpus(resource=resource, count=count, profile=None)


def _is_told(profile: GpuProfile, asked: Gpus, labels: Mapping[str, str]) -> bool:
    is_named = bool(profile.node_selector) and profile.resource == asked.resource
    return is_named and _agrees(profile, labels)


def _agrees(profile: GpuProfile, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in profile.node_selector.items())


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


_ASKS = re.compile(r"gpu|/mig-|tpu|gaudi|xe$")
# What a scheduler of virtual GPUs counts in megabytes or percent, in addition to the GPU itself.
PARTS = re.compile(r"gpu-?(mem|cores)|memory")


def _asked(workload: Workload, profiles: Profiles) -> tuple[str, int]:
    """Return the resource that is a GPU, and how many; the order of keys decides nothing."""
    found = sorted(
        (name, int(amount))
        for name, amount in resources(workload).items()
        if "/" in name and _ASKS.search(name) and not PARTS.search(name)
        if str(amount).isdigit() and int(amount)
    )
    known = {profile.resource for profile in profiles.values()}
    return next((one for one in found if one[0] in known), found[0] if found else ("", 0))


def resources(workload: Workload) -> dict[str, Any]:
    """Return the amounts that the container of a server asks for, limits first."""
    asked = mapping(workload.server.get("resources"))
    return {**mapping(asked.get("requests")), **mapping(asked.get("limits"))}


def chosen(
    workload: Workload, asked: Gpus | None, named: str | None, profiles: Profiles
) -> GpuProfile | None:
    """Return the profile of a workload's GPUs: of its labels, else the one that a person named.

    Of two that its labels agree with, the named one.

    Raises:
        RefusedError: nothing tells it, there is no profile of that name, or the labels tell of
            another GPU.
    """
    if asked is None:
        return None
    labels = node_labels(workload)
    meant = _named_profile(named, profiles) if named else None
    if meant and _is_told(meant, asked, labels):
        return meant
    if asked.profile:
        return asked.profile
    if meant is None:
        raise _unknown(workload, asked, labels, profiles)
    for key, value in meant.node_selector.items():
        # Sharing and slicing add to the name of the product.
        if key in labels and not f"{labels[key]}-".startswith(f"{value}-"):
            cause = (
                f"{meant.name} is for nodes with {key}={value}, and {workload.title} asks for "
                f"{key}={labels[key]}: its new pods would be unschedulable"
            )
            raise refusal("--gpu", cause, _description(asked, labels, profiles))
    return meant


def _named_profile(name: str, profiles: Profiles) -> GpuProfile:
    try:
        return gpu_profile(name, profiles)
    except UnknownProfileError as error:
        raise refusal("--gpu", f"{name!r} is not a GPU profile", str(error)) from None


def _unknown(
    workload: Workload, asked: Gpus, labels: Mapping[str, str], profiles: Profiles
) -> RefusedError:
    told = ", ".join(f"{key}={value}" for key, value in labels.items())
    if not told:
        cause = f"{workload.title} takes {asked.resource}, and no node label says which"
        cure = "name the profile with --gpu, such as --gpu nvidia-l4"
        return refusal("--gpu", cause, cure)
    cause = f"{workload.title} takes {asked.resource}, and no profile describes nodes with {told}"
    cure = f"{_description(asked, labels, profiles)}; or name a profile with --gpu"
    return refusal("--gpu", cause, cure)


_IMAGES = {"nvidia.com": "cuda-12", "amd.com": "rocm", "gpu.intel.com": "intel"}
_MEBIBYTES = "nvidia.com/gpu.memory"


def _description(asked: Gpus, labels: Mapping[str, str], profiles: Profiles) -> str:
    """Return what to write so that the GPU of some node labels has a profile."""
    telling = {key for profile in profiles.values() for key in profile.node_selector}
    selector = {key: value for key, value in labels.items() if key in telling} or dict(labels)
    name = "-".join(_words(selector.values()))[:63].strip("-")
    images = _IMAGES.get(asked.resource.partition("/")[0], "vulkan")
    memory = labels.get(_MEBIBYTES, "")
    size = f", memory: {memory}Mi" if memory.isdecimal() else ""
    nodes = ", ".join(f'{key}: "{value}"' for key, value in selector.items())
    text = (
        f"{{name: {name}, images: {images}, resource: {asked.resource}{size}, "
        f"nodeSelector: {{{nodes}}}}}"
    )
    rest = "" if size else ", add the `memory` of one GPU"
    return f"describe it in gpus/{name}.yaml: `{text}`{rest}"


def _words(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from re.findall(r"[a-z0-9]+", value.lower())
