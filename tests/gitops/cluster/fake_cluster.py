"""Stands for kubectl and Git: a cluster and a repository in memory, which may stop answering."""

import base64
import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gitops.adapters.process import Finished

URL = "https://git.example.com/platform/stacks.git"
HEAD = "b" * 40
KINDS = ("applications.argoproj.io", "appprojects.argoproj.io")
GONE = "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host?"


class CutError(Exception):
    """Somebody pulled the plug."""


def definition(name: str, version: str = "v1alpha1") -> dict[str, Any]:
    versions = [{"name": version, "served": True}]
    return {"kind": "CustomResourceDefinition", "metadata": {"name": name},
            "spec": {"versions": versions}}  # fmt: skip


def controller(version: str, namespace: str = "argocd") -> dict[str, Any]:
    container = {"image": f"quay.io/argoproj/argocd:v{version}"}
    labels = {"app.kubernetes.io/name": "argocd-application-controller"}
    return {
        "kind": "StatefulSet",
        "metadata": {"name": "argocd-application-controller", "namespace": namespace,
                     "labels": labels},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }  # fmt: skip


@dataclass
class Cluster:
    """What is in the cluster by kind, namespace and name; `left` counts the calls it answers."""

    objects: dict[tuple[str, str, str], dict[str, Any]] = field(
        default_factory=dict[tuple[str, str, str], dict[str, Any]]
    )
    heads: dict[str, str] = field(default_factory=lambda: {"main": HEAD})
    is_open: bool = True
    is_readable: bool = True
    left: int = 10_000
    is_gone: bool = False
    writes: list[str] = field(default_factory=list[str])
    asked: list[list[str]] = field(default_factory=list[list[str]])
    broken: str = ""
    given_up: set[str] = field(default_factory=set[str])
    # The keys of each Secret that its manager applied, and what was merged into objects.
    applied: dict[tuple[str, str, str], set[str]] = field(
        default_factory=dict[tuple[str, str, str], set[str]]
    )
    merged: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )

    def add(self, *objects: Mapping[str, Any]) -> None:
        for one in objects:
            meta = one["metadata"]
            place = (str(one["kind"]), str(meta.get("namespace", "")), str(meta["name"]))
            self.objects[place] = copy.deepcopy(dict(one))

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [one for (kind, _, _), one in self.objects.items() if kind in kinds]

    def __call__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        del folder, environment
        words = list(command)
        self.asked.append(words)
        if words[0] != "kubectl":
            return self._git(words)
        self.left -= 1
        if self.left < 0:
            raise CutError
        if self.is_gone:
            return Finished(code=1, output=b"", errors=GONE)
        rest = [one for one in words[1:] if not one.startswith("--request-timeout")]
        if rest[0] == "--context":
            rest = rest[2:]
        return Finished(code=0, output=self._answer(rest, given).encode(), errors="")

    def _git(self, words: list[str]) -> Finished:
        if "ls-remote" not in words:
            return Finished(code=0, output=b"false", errors="")
        anonymous = "credential.helper=" in words
        if not self.is_readable or (anonymous and not self.is_open):
            said = "fatal: could not read Username for 'https://git.example.com'"
            return Finished(code=128, output=b"", errors=said)
        lines = [f"{commit}\trefs/heads/{name}\n" for name, commit in self.heads.items()]
        return Finished(code=0, output="".join(lines).encode(), errors="")

    def _answer(self, words: list[str], given: bytes) -> str:
        if words[0] == "apply":
            self._apply(words, given)
            return ""
        if words[0] == "get":
            return self._get(words[1:])
        if words[0] == "patch":
            self._patch(words, json.loads(given))
        return ""

    def _apply(self, words: list[str], given: bytes) -> None:
        assert "--field-manager=localai-gitops" in words
        space = next((w.partition("=")[2] for w in words if w.startswith("--namespace=")), "")
        for document in yaml.safe_load_all(given):
            for one in document["items"] if document["kind"] == "List" else [document]:
                meta = one["metadata"]
                if space and one["kind"] != "CustomResourceDefinition":
                    meta.setdefault("namespace", space)
                self._merge(one)

    def _patch(self, words: list[str], change: dict[str, Any]) -> None:
        assert {"--type=merge", "--field-manager=localai-gitops"} <= {*words}
        assert "--patch-file=/dev/stdin" in words
        _, kind, name, space, *_ = words
        self.merged.append((name, change))
        self.given_up.discard(name)
        if kind == "secret":
            place = ("Secret", space.partition("=")[2], name)
            self.writes.append("/".join(place))
            self.objects[place]["data"].update(change["data"])

    def _merge(self, one: dict[str, Any]) -> None:
        meta = one["metadata"]
        place = (one["kind"], meta.get("namespace", ""), meta["name"])
        old = self.objects.get(place, {})
        if one["kind"] == "Secret":
            # The server removes what the same manager applied before and no longer names.
            lost = self.applied.get(place, set()) - one["data"].keys()
            self.applied[place] = {*one["data"]}
            kept = {key: value for key, value in old.get("data", {}).items() if key not in lost}
            one["data"] = {**kept, **one["data"]}
        meta["managedFields"] = [{"manager": "localai-gitops"}]
        if json.dumps(old, sort_keys=True) != json.dumps(one, sort_keys=True):
            self.writes.append("/".join(place))
        self.objects[place] = one

    def _get(self, words: list[str]) -> str:
        what = words[0]
        space = next((w.partition("=")[2] for w in words if w.startswith("--namespace=")), "")
        if what == "namespaces":
            return json.dumps({"items": self.of("Namespace")})
        if what == "crd":
            return json.dumps({"items": self.of("CustomResourceDefinition")})
        if what == "applications":
            return json.dumps({"items": [self._synced(one) for one in self.of("Application")]})
        if what == "secret":
            found = self.objects.get(("Secret", space, words[1]), {})
            return "".join(f"{key}\n" for key in found.get("data", {}))
        if what == "secrets":
            return "".join(self._address(one) for one in self.of("Secret"))
        found = self.of("Deployment", "StatefulSet")
        if "--output=name" in words:
            chosen = [one for one in found if one["metadata"].get("namespace") == space]
            return "".join(f"{one['kind']}/{one['metadata']['name']}\n" for one in chosen)
        return json.dumps({"items": found})

    def _address(self, one: dict[str, Any]) -> str:
        kind = one["metadata"].get("labels", {}).get("argocd.argoproj.io/secret-type")
        url = one.get("data", {}).get("url", "")
        return f"{kind} {base64.b64decode(url).decode()}\n" if kind else ""

    def _synced(self, one: dict[str, Any]) -> dict[str, Any]:
        if self.broken:
            conditions = [{"type": "ComparisonError", "message": self.broken}]
            return {**one, "status": {"conditions": conditions}}
        if one["metadata"]["name"] in self.given_up:
            state = {"phase": "Failed", "message": "one or more tasks failed"}
            return {**one, "status": {"sync": {"status": "OutOfSync"}, "operationState": state}}
        sync = {"status": "Synced", "revision": HEAD}
        return {**one, "status": {"sync": sync, "health": {"status": "Healthy"}}}
