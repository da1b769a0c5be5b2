"""The Secrets that a cluster needs and nobody makes: who names them, and by which keys."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from components.charts import ARGO_NAMESPACE
from gitops.cluster.layout import LABELS, ClusterObjects
from gitops.cluster.objects import objects
from settings.cluster import ClusterFile

_TYPES = {".dockerconfigjson": "kubernetes.io/dockerconfigjson"}
_MAKERS = ("ExternalSecret", "Certificate")


@dataclass(frozen=True, kw_only=True)
class Needed:
    """One Secret that somebody must make: the keys that hold secrets, and what else it says."""

    namespace: str
    name: str
    keys: frozenset[str]
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def place(self) -> str:
        """Return its namespace and name."""
        return f"{self.namespace}/{self.name}"

    def manifest(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return the Secret as it is made; applied to one that is there, it would take keys away.

        The API server removes what a manager applied before and no longer names.
        """
        kind = next((_TYPES[key] for key in self.keys if key in _TYPES), None)
        meta = {"name": self.name, "namespace": self.namespace, "labels": {**LABELS, **self.labels}}
        typed = {"type": kind} if kind else {}
        data = self._data(values)
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, **typed, "data": data}

    def addition(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return what adds keys to the Secret that is there, to be merged into it."""
        return {"metadata": {"labels": dict(self.labels)}, "data": self._data(values)}

    def _data(self, values: Mapping[str, str]) -> dict[str, str]:
        given = {**self.fixed, **values}
        return {key: base64.b64encode(value.encode()).decode() for key, value in given.items()}


def needed(cluster: ClusterObjects) -> list[Needed]:
    """Return every Secret that the objects of a cluster name and none of them makes."""
    found: dict[tuple[str, str], set[str]] = {}
    made: set[tuple[str, str]] = set()
    for one in _all(cluster):
        namespace = one["metadata"].get("namespace", "")
        made |= {(namespace, name) for name in _made(one)}
        for name, key in _named(one):
            found.setdefault((namespace, name), set()).update({key} if key else ())
    if told := cluster.settings.notifications:
        for one in filter(None, (told.slack, told.webhook)):
            found[ARGO_NAMESPACE, one.secret] = {one.key}
    return [
        Needed(namespace=namespace, name=name, keys=frozenset(keys))
        for (namespace, name), keys in sorted(found.items())
        if (namespace, name) not in made
    ]


def _all(cluster: ClusterObjects) -> Iterator[Mapping[str, Any]]:
    for found in objects(cluster).values():
        yield from found
    for name in cluster.settings.stacks:
        yield from (part.object for part in cluster.renderings[name].parts if part.object)


def _made(one: Mapping[str, Any]) -> Iterator[str]:
    if one["kind"] == "Secret":
        yield one["metadata"]["name"]
    if one["kind"] in _MAKERS:
        spec = one.get("spec", {})
        target = spec.get("target", {}).get("name") or spec.get("secretName")
        yield target or one["metadata"]["name"]


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and the key of each Secret that a value names; no key where all count."""
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _named(one)
    if not isinstance(value, Mapping):
        return
    known = cast("Mapping[str, Any]", value)
    if known.get("optional"):
        return
    for key, one in known.items():
        yield from _reference(key, one)
        yield from _named(one)


def _reference(key: str, one: Any) -> Iterator[tuple[str, str]]:
    if key == "imagePullSecrets":
        yield from ((each["name"], ".dockerconfigjson") for each in one)
    if not isinstance(one, Mapping):
        return
    known = cast("Mapping[str, Any]", one)
    if known.get("optional"):
        return
    # Of a container's variable, and of the operator's Stack.
    if key == "secretKeyRef" or (key == "secret" and {"name", "key"} <= known.keys()):
        yield known["name"], known["key"]
    if key in ("secretRef", "secret") and "key" not in known:
        name = known.get("secretName") or known.get("name")
        if name:
            chosen: Iterable[Any] = known.get("items") or ()
            yield from ((name, each["key"]) for each in chosen)
            yield name, ""


def repository_secret(name: str, cluster: ClusterFile) -> Needed:
    """Return the Secret by which Argo CD reads a repository that not everybody may read."""
    url = cluster.repository.url
    by_key = url.startswith("ssh:")
    user = {} if by_key else {"username": "git"}
    return Needed(
        namespace=ARGO_NAMESPACE,
        name=f"repository-{name}",
        keys=frozenset({"sshPrivateKey" if by_key else "password"}),
        fixed={"type": "git", "url": url, **user},
        labels={"argocd.argoproj.io/secret-type": "repository"},
    )
