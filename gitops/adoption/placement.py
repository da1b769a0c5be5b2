"""What a workload's pods have that a pool's pods do not: reported key by key."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from documents.problem import refusal
from gitops.adoption.remark import Remark, changed, kept, lost
from gitops.adoption.running import items, mapping, mappings
from gitops.adoption.workload import Workload, spellings
from hardware.profile import GpuProfile, UnknownProfileError
from hardware.profiles import PROFILES, gpu_profile
from localai.server import Server
from settings.pool.scheduling import TolerationSettings

_POD_KEYS = (
    "hostNetwork", "hostPID", "hostIPC", "dnsPolicy", "dnsConfig", "hostAliases",
    "affinity", "topologySpreadConstraints", "priorityClassName", "schedulerName",
    "imagePullSecrets", "securityContext", "serviceAccountName",
)  # fmt: skip
# What Kubernetes fills in.
_GRACE = 30
_CONTAINER_KEYS = ("securityContext", "lifecycle")
_DEFAULTS: tuple[Any, ...] = (
    None, "", [], {}, False, "ClusterFirst", "default-scheduler", "default",
)  # fmt: skip
# Variables that are mapped to keys of the stack or of a model, or that every server gets anyway.
_MAPPED = (
    "LOCALAI_API_KEY", "LOCALAI_MODELS_PATH", "LOCALAI_MODELS_CONFIG_FILE", "LOCALAI_MODELS",
    "LOCALAI_PRELOAD_MODELS", "LOCALAI_THREADS", "LOCALAI_CONTEXT_SIZE", "LLAMACPP_PARALLEL",
    "LOCALAI_MAX_ACTIVE_BACKENDS", "LOCALAI_SINGLE_ACTIVE_BACKEND", "LOCALAI_ADDRESS", "HF_TOKEN",
    "LOCALAI_LOAD_TO_MEMORY", "LOCALAI_LRU_EVICTION_MAX_RETRIES",
    "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN",
)  # fmt: skip


def about_pods(workload: Workload, server: Server, profile: GpuProfile | None) -> Iterator[Remark]:
    """Yield what becomes of every key of a pod that a pool has no key for."""
    subject = workload.title
    for key in _POD_KEYS:
        if workload.pod.get(key) not in _DEFAULTS:
            yield lost(f"{subject}, {key}", "has no key in a pool")
    for key in _CONTAINER_KEYS:
        if workload.server.get(key) not in _DEFAULTS:
            yield changed(f"{subject}, {key}", "is that of every pool")
    grace = workload.pod.get("terminationGracePeriodSeconds")
    if grace not in (None, _GRACE):
        text, cure = f"{grace} becomes that of every pool", "set longestAnswer under localai:server"
        yield changed(f"{subject}, terminationGracePeriodSeconds", text, cure)
    for toleration in _own_tolerations(workload, profile):
        key = toleration.get("key") or "every taint"
        if _toleration(toleration):
            yield kept(f"{subject}, tolerations", f"that of {key}")
        else:
            yield lost(f"{subject}, tolerations", f"that of {key} has no key in a pool")
    yield from _containers(workload)
    yield from _volumes(workload)
    yield from _parts(workload)
    yield from _variables(workload, server)


def _own_tolerations(workload: Workload, profile: GpuProfile | None) -> Iterator[Mapping[str, Any]]:
    accepted = {taint.key for taint in profile.tolerations} if profile else set[str]()
    for toleration in mappings(workload.pod.get("tolerations")):
        if toleration.get("key") not in accepted:
            yield toleration


def _toleration(toleration: Mapping[str, Any]) -> dict[str, str]:
    """Return a toleration as a pool has it; nothing where a pool cannot have it."""
    keys = ("key", "operator", "value", "effect")
    said = {key: str(toleration[key]) for key in keys if toleration.get(key) not in (None, "")}
    try:
        TolerationSettings.model_validate(said)
    except ValidationError:
        return {}
    return {} if toleration.get("tolerationSeconds") is not None else said


def _containers(workload: Workload) -> Iterator[Remark]:
    for container in mappings(workload.pod.get("containers")):
        if container is not workload.server:
            text = f"the container {container.get('name')} beside the server has no place in a pool"
            yield lost(workload.title, text)
    for container in mappings(workload.pod.get("initContainers")):
        text = f"the init container {container.get('name')} does not run any more"
        cure = "the weights Job does what it did, if it fetched weights"
        yield changed(workload.title, text, cure)


def _volumes(workload: Workload) -> Iterator[Remark]:
    for volume in mappings(workload.pod.get("volumes")):
        if path := mapping(volume.get("hostPath")).get("path"):
            yield lost(f"{workload.title}, volume {volume.get('name')}", f"{path} of the node")


def _variables(workload: Workload, server: Server) -> Iterator[Remark]:
    mapped = {spelling for name in _MAPPED for spelling in spellings(name)}
    closed = {spelling for name in server.closed_doors for spelling in spellings(name)}
    names = sorted(workload.variables.values.keys() - mapped)
    ours = [name for name in names if name in closed]
    others = [name for name in names if name not in closed]
    if ours:
        yield changed(f"{workload.title}, variables", f"{', '.join(ours)}: as in every pool")
    if others:
        text = f"{', '.join(others)}: no key in a pool sets them"
        yield lost(f"{workload.title}, variables", text)
    for source in items(workload.server.get("envFrom")):
        if name := mapping(mapping(source).get("secretRef")).get("name"):
            text = f"those of Secret {name} are not read, and do not reach the new pods"
            yield lost(f"{workload.title}, variables", text)


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


_ASKS = re.compile(r"gpu|/mig-|tpu|gaudi|xe$")
# What a scheduler of virtual GPUs counts in megabytes or percent, in addition to the GPU itself.
_PARTS = re.compile(r"gpu-?(mem|cores)|memory")


def _asked(workload: Workload) -> tuple[str, int]:
    """Return the resource that is a GPU, and how many; the order of keys decides nothing."""
    found = sorted(
        (name, int(amount))
        for name, amount in _resources(workload).items()
        if "/" in name and _ASKS.search(name) and not _PARTS.search(name)
        if str(amount).isdigit() and int(amount)
    )
    known = {profile.resource for profile in PROFILES.values()}
    return next((one for one in found if one[0] in known), found[0] if found else ("", 0))


def _resources(workload: Workload) -> dict[str, Any]:
    resources = mapping(workload.server.get("resources"))
    return {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}


def _parts(workload: Workload) -> Iterator[Remark]:
    for name in sorted(_resources(workload)):
        if "/" in name and _PARTS.search(name):
            text = f"{name} has no key in a pool, which takes a whole GPU or a share"
            yield lost(f"{workload.title}, resources", text)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The keys of a pool that say where its pods run, and what told them."""

    gpus: Gpus | None
    profile: GpuProfile | None
    keys: Mapping[str, Any]
    remarks: tuple[Remark, ...]


def placement(workload: Workload, named: str | None) -> Placement:
    """Return where the pods of a workload run; `named` is the profile that a person gave.

    Raises:
        RefusedError: it takes GPUs, and neither a label nor a person says of which kind, or the
            named profile does not exist.
    """
    asked = gpus(workload)
    profile = _profile(workload, asked, named)
    labels = node_labels(workload)
    left = {
        key: value
        for key, value in labels.items()
        if not profile or key not in profile.node_selector
    }
    runtime = workload.pod.get("runtimeClassName")
    own = profile.runtime_class if profile else None
    keys = {
        "gpu": profile.name if profile else None,
        "gpus": asked.count if asked and asked.count > 1 else None,
        "runtimeClass": runtime if runtime != own else None,
        "nodeSelector": left,
        "scheduling": _scheduling(workload, profile),
    }
    return Placement(
        gpus=asked,
        profile=profile,
        keys={key: value for key, value in keys.items() if value},
        remarks=tuple(_about(workload, asked, profile)),
    )


def _scheduling(workload: Workload, profile: GpuProfile | None) -> Mapping[str, Any]:
    own = [_toleration(one) for one in _own_tolerations(workload, profile)]
    return {"tolerations": [one for one in own if one]} if any(own) else {}


def _profile(workload: Workload, asked: Gpus | None, named: str | None) -> GpuProfile | None:
    if asked is None:
        return None
    if asked.profile:
        return asked.profile
    if named:
        return _named_profile(named)
    labels = ", ".join(f"{key}={value}" for key, value in node_labels(workload).items())
    told = f"no profile describes nodes with {labels}" if labels else "no node label says which"
    cause = f"{workload.title} takes {asked.resource}, and {told}"
    raise refusal("--gpu", cause, "name the profile with --gpu, such as --gpu nvidia-l4")


def _named_profile(name: str) -> GpuProfile:
    try:
        return gpu_profile(name)
    except UnknownProfileError as error:
        raise refusal("--gpu", f"{name!r} is not a GPU profile", str(error)) from None


def _about(workload: Workload, asked: Gpus | None, profile: GpuProfile | None) -> Iterator[Remark]:
    if not asked or not profile:
        return
    subject = f"{workload.title}, GPU"
    if asked.profile and asked.exact:
        yield kept(subject, f"{profile.name}, by the node label {asked.told_by}")
        return
    labels = ", ".join(f"{key}={value}" for key, value in profile.node_selector.items())
    told = f"by the node label {asked.told_by}" if asked.told_by else "as named"
    text = f"{profile.name} {told}; the new pods also ask for nodes with {labels}"
    yield changed(subject, text, "see that the nodes carry the label")
