"""The claim that holds the weights today, as the storage of a pool."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gitops.adoption.remark import Remark, changed, kept, unknown
from gitops.adoption.running import Running, items, mapping
from gitops.adoption.workload import Workload
from settings.pool.storage import Access

# Room for the engines beside the weights, and for weights whose size nobody told.
_ENGINES_GIB, _UNKNOWN_GIB = 10, 100
_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Where a workload keeps its models; `name` is empty where no claim holds them.

    `below_root` is false where only a folder of the claim is mounted, so that the running pod
    cannot move files to where a pool looks for them.
    """

    name: str
    access: Access
    below_root: bool
    mount: str
    remarks: tuple[Remark, ...]

    def storage(self, weights: int | None) -> dict[str, Any]:
        """Return the `storage` of the pool; `weights` are their bytes, None if not known."""
        if self.name:
            access = {} if self.access is Access.ONE_NODE else {"access": self.access.value}
            return {"existing": self.name, **access}
        size = _UNKNOWN_GIB if weights is None else -(-weights // _GIB) + _ENGINES_GIB
        return {"size": f"{size}Gi"}


def claim_of(workload: Workload, found: Running) -> Claim:
    """Return the claim that holds a workload's models."""
    mount = workload.mount_of(workload.models_folder)
    volume = workload.volume(str(mount.get("name", "")))
    name = str(mapping(volume.get("persistentVolumeClaim")).get("claimName") or "")
    manifest = found.claims.get(name)
    access, remarks = _access(name, manifest)
    return Claim(
        name=name,
        access=access,
        below_root=bool(name) and not mount.get("subPath") and not mount.get("subPathExpr"),
        mount=str(mount.get("mountPath", "")).rstrip("/"),
        remarks=(*remarks, *_others(workload, name)),
    )


def _access(name: str, manifest: Any) -> tuple[Access, tuple[Remark, ...]]:
    if not name:
        text = "no claim holds them today; the first `up` makes one and fetches them into it"
        return Access.ONE_NODE, (changed("weights", text),)
    modes = [str(mode) for mode in items(mapping(mapping(manifest).get("spec")).get("accessModes"))]
    subject = f"claim {name}"
    if Access.MANY_NODES.value in modes:
        return Access.MANY_NODES, (kept(subject, "many nodes may hold it; its data stays"),)
    remarks = [kept(subject, "one node at a time may hold it; its data stays")]
    if not modes:
        text, cure = "was not read, so one node at a time is assumed", "add storage.access"
        remarks.append(unknown(subject, text, cure))
    return Access.ONE_NODE, tuple(remarks)


def _others(workload: Workload, used: str) -> Iterator[Remark]:
    for mount in workload.mounts:
        volume = workload.volume(str(mount.get("name", "")))
        name = str(mapping(volume.get("persistentVolumeClaim")).get("claimName") or "")
        if name and name != used:
            text = f"at {mount.get('mountPath')} is not used any more; it stays as it is"
            yield changed(f"claim {name}", text)
    if workload.manifest["kind"] == "StatefulSet" and workload.replicas > 1:
        text = "the other pods have claims of their own, which are not used any more"
        yield changed("claims", text)
