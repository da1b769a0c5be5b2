"""The Services that lead to a workload, as further addresses of a pool where they can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops.adoption.remark import Remark, changed, lost
from gitops.adoption.running import Manifest, Running, mapping, mappings, name_of
from gitops.adoption.workload import Workload


@dataclass(frozen=True, kw_only=True)
class Services:
    """The Services of a workload: those taken over, and those that are pointed at the new pods."""

    taken: Mapping[str, Mapping[str, Any]]
    pointed: tuple[str, ...]
    remarks: tuple[Remark, ...]


def services_of(workload: Workload, found: Running) -> Services:
    """Return the Services that select a workload's pods."""
    taken: dict[str, dict[str, Any]] = {}
    pointed: list[str] = []
    remarks: list[Remark] = []
    for one in _leading_to(workload, found):
        name, reason = name_of(one), _obstacle(one)
        subject = f"Service {name}"
        if reason == _HEADLESS:
            remarks.append(lost(subject, f"{reason}; it stays, and leads to the old pods"))
        elif reason:
            pointed.append(name)
            text = f"{reason}; it stays as it is"
            remarks.append(lost(subject, text, "point it at the new pods, as the steps say"))
        else:
            taken[name] = _address(one)
            text = "leads to the new pods once they are ready; name and address stay"
            remarks.append(changed(subject, text))
    return Services(taken=taken, pointed=tuple(pointed), remarks=tuple(remarks))


_HEADLESS = "has no address of its own"


def _leading_to(workload: Workload, found: Running) -> Iterator[Manifest]:
    for one in found.services:
        wanted = mapping(one["spec"].get("selector"))
        if wanted and wanted.items() <= workload.pod_labels.items():
            yield one


def _obstacle(service: Manifest) -> str:
    spec = service["spec"]
    if spec.get("clusterIP") == "None":
        return _HEADLESS
    kind = spec.get("type", "ClusterIP")
    if kind != "ClusterIP":
        return f"is of type {kind}, and a pool's are of type ClusterIP"
    if not spec.get("clusterIP"):
        # The engine would take an address it does not know for a changed one, and replace it.
        return "has an address that was not read"
    ports = len(mappings(spec.get("ports")))
    return "" if ports == 1 else f"has {ports} ports, and a pool's have one"


def _address(service: Manifest) -> dict[str, Any]:
    spec = service["spec"]
    return {"port": int(mappings(spec["ports"])[0]["port"]), "clusterIP": spec["clusterIP"]}
