"""Where the pods of a pool run: GPU profile, GPUs, and the node labels that are left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops.adoption.gpu import Gpus, gpus, node_labels
from gitops.adoption.remark import Remark, changed, kept
from gitops.adoption.workload import Workload
from hardware.profile import GpuProfile
from hardware.profiles import gpu_profile


class UnknownGpuError(Exception):
    """A workload takes GPUs of a kind that nothing tells; the text has the cure."""


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
        UnknownGpuError: it takes GPUs, and neither a label nor a person says of which kind.
        UnknownProfileError: the named profile does not exist.
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
    }
    return Placement(
        gpus=asked,
        profile=profile,
        keys={key: value for key, value in keys.items() if value},
        remarks=tuple(_about(workload, asked, profile)),
    )


def _profile(workload: Workload, asked: Gpus | None, named: str | None) -> GpuProfile | None:
    if asked is None:
        return None
    if asked.profile:
        return asked.profile
    if named:
        return gpu_profile(named)
    raise UnknownGpuError(
        f"{workload.title} takes {asked.resource}, and no label that it asks of its nodes says "
        "which GPU that is; name the profile with --gpu, such as --gpu nvidia-l4"
    )


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
