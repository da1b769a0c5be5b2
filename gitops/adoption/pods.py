"""What a workload's pods have that a pool's pods do not: reported key by key."""

from collections.abc import Iterator
from typing import Any

from gitops.adoption.remark import Remark, changed, lost
from gitops.adoption.running import items, mapping, mappings
from gitops.adoption.variables import spellings
from gitops.adoption.workload import Workload
from hardware.profile import GpuProfile
from localai.server import Server

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
    accepted = {taint.key for taint in profile.tolerations} if profile else set[str]()
    for toleration in mappings(workload.pod.get("tolerations")):
        if toleration.get("key") not in accepted:
            key = toleration.get("key") or "every taint"
            yield lost(f"{subject}, tolerations", f"that of {key} has no key in a pool")
    yield from _containers(workload)
    yield from _volumes(workload)
    yield from _variables(workload, server)


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
