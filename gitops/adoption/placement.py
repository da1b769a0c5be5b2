"""What a workload's pods have that a pool's pods do not: reported key by key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gitops.adoption.gpus import PARTS, Gpus, Profiles, chosen, gpus, node_labels, resources
from gitops.adoption.remark import Remark, changed, kept, lost
from gitops.adoption.running import items, mapping, mappings
from gitops.adoption.workload import Workload, spellings
from hardware.profile import GpuProfile
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


def _parts(workload: Workload) -> Iterator[Remark]:
    for name in sorted(resources(workload)):
        if "/" in name and PARTS.search(name):
            text = f"{name} has no key in a pool, which takes a whole GPU or a share"
            yield lost(f"{workload.title}, resources", text)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The keys of a pool that say where its pods run, and what told them."""

    gpus: Gpus | None
    profile: GpuProfile | None
    keys: Mapping[str, Any]
    remarks: tuple[Remark, ...]


def placement(workload: Workload, named: str | None, profiles: Profiles) -> Placement:
    """Return where the pods of a workload run; `named` is the profile that a person gave.

    Raises:
        RefusedError: it takes GPUs, and neither a label nor a person says of which kind, or the
            named profile does not exist or is of another GPU.
    """
    asked = gpus(workload, profiles)
    profile = chosen(workload, asked, named, profiles)
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
        remarks=tuple(_about(workload, asked, profile, named)),
    )


def _scheduling(workload: Workload, profile: GpuProfile | None) -> Mapping[str, Any]:
    own = [_toleration(one) for one in _own_tolerations(workload, profile)]
    return {"tolerations": [one for one in own if one]} if any(own) else {}


def _about(
    workload: Workload, asked: Gpus | None, profile: GpuProfile | None, named: str | None
) -> Iterator[Remark]:
    if not asked or not profile:
        return
    subject = f"{workload.title}, GPU"
    other = f", and not {named} as named" if named not in (None, profile.name) else ""
    if asked.profile and asked.exact:
        yield kept(subject, f"{profile.name}, by the node label {asked.told_by}{other}")
        return
    labels = ", ".join(f"{key}={value}" for key, value in profile.node_selector.items())
    told = f"by the node label {asked.told_by}{other}" if asked.told_by else "as named"
    text = f"{profile.name} {told}; the new pods also ask for nodes with {labels}"
    yield changed(subject, text, "see that the nodes carry the label")
