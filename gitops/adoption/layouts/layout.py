"""A file of another form as what runs: workloads, ConfigMaps and entries, all of it plain data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from documents.problem import KeyPath
from gitops.adoption.entries import Entry
from gitops.adoption.names import model_name
from gitops.adoption.outdated import Outdated
from gitops.adoption.remark import Remark
from gitops.adoption.running import Manifest

_MODELS = "/models"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a file says: its form in words, and what of it a pool could do.

    `document` is where outdated things are looked for, `outdated` are those found by the reader;
    `folders` may hold more model files. A path of keys begins with the number of the document
    where there are several.
    """

    form: str
    workloads: tuple[Manifest, ...]
    config_maps: tuple[Manifest, ...] = ()
    entries: tuple[Entry, ...] = ()
    remarks: tuple[Remark, ...] = ()
    document: Any = None
    outdated: tuple[Outdated, ...] = ()
    folders: tuple[str, ...] = ()
    lines: Mapping[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    # Objects of Kubernetes, as they stand there, where the file holds nothing else.
    manifests: Sequence[Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ServerDraft:
    """A server as another tool starts it; `claims` are volumes that outlive it, by mount path."""

    kind: str
    name: str
    image: str = ""
    variables: tuple[Mapping[str, Any], ...] = ()
    arguments: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict[str, str])
    replicas: int = 1
    pod: Mapping[str, Any] = field(default_factory=dict[str, Any])
    config_maps: tuple[str, ...] = ()

    def manifest(self) -> Manifest:
        """Return the workload that it would be."""
        models = self.mounts[0] if self.mounts else _MODELS
        volumes = {f"volume-{at}": path for at, path in enumerate(self.mounts)}
        configs = {f"config-{at}": name for at, name in enumerate(self.config_maps)}
        server = {
            "name": "server",
            "image": self.image,
            "args": list(self.arguments),
            "env": [dict(one) for one in self.variables],
            "resources": {"limits": dict(self.limits)},
            "volumeMounts": [
                *({"name": name, "mountPath": path} for name, path in volumes.items()),
                # They are copied to where the server looks.
                *({"name": name, "mountPath": models} for name in configs),
            ],
        }
        pod: dict[str, Any] = {
            **self.pod,
            "containers": [server],
            "volumes": [
                *({"name": name, "emptyDir": {}} for name in volumes),
                *({"name": name, "configMap": {"name": one}} for name, one in configs.items()),
            ],
        }
        return {
            "kind": self.kind,
            "metadata": {"name": plain_name(self.name)},
            "spec": {"replicas": self.replicas, "template": {"spec": pod}},
        }


def plain_name(text: str) -> str:
    """Return a name as objects of Kubernetes have it."""
    return re.sub(r"[._]+", "-", model_name(text)).strip("-") or "localai"


def variables(values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield variables of a container; a switch is written as people write it."""
    for name, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else "" if value is None else value
        yield {"name": str(name), "value": str(text)}


def config_map(name: str, data: Mapping[str, Any]) -> Manifest:
    """Return texts as the ConfigMap that a server would be given."""
    texts = {str(one): text for one, text in data.items() if isinstance(text, str)}
    return {"kind": "ConfigMap", "metadata": {"name": name}, "data": texts}
