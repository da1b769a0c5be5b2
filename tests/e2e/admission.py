"""What the API server says of the tests' stacks, in a namespace that enforces `restricted`."""

import json
import shutil
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gitops.planning.checkout import declared
from sandbox.cluster.sandbox import Sandbox, listing
from tests.e2e.weakened import EPHEMERAL, Weakness, weakened
from tests.support.project import PROJECT

STACKS = ("dev", "staging", "production")
_NAMESPACE = "admission"
_RENDERED = {
    "localai:delivery": "rendered",
    "localai:apiKey": {"secret": "keys", "key": "localai"},
}
_PROFILE = 'violates PodSecurity "restricted:latest"'
# It is the name that Argo CD gives by default, without a path.
_ACCEPTED = "prefer a domain-qualified finalizer name"
Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The dry run of an API server, and of what it refuses each word."""

    sandbox: Sandbox

    def told(self, objects: Iterable[Object]) -> list[str]:
        """Return each thing that the API server says against objects; warnings count."""
        words = ("apply", "--server-side", "--dry-run=server", "--filename=-")
        return self._kubectl(*words, stdin=listing(objects))

    def refusals(self, pods: Iterable[Object], weakness: Weakness) -> list[str]:
        """Return the refusals of pods that have one weakness, if they are for that weakness."""
        told = self.told({**pod, "spec": weakened(pod["spec"], weakness)} for pod in pods)
        return [line for line in told if _PROFILE in line and weakness.told in line]

    def refusals_of_debugging(self, pod: Object) -> list[str]:
        """Return the refusals of a privileged container added to a pod that is there."""
        self.sandbox.apply([pod])
        address = f"/api/v1/namespaces/{_NAMESPACE}/pods/{pod['metadata']['name']}"
        there = json.loads(self.sandbox.kubectl("get", f"--raw={address}"))
        there["spec"]["ephemeralContainers"] = [EPHEMERAL]
        changed = f"--raw={address}/ephemeralcontainers?dryRun=All"
        told = self._kubectl("replace", changed, "--filename=-", stdin=json.dumps(there))
        return [line for line in told if _PROFILE in line]

    def _kubectl(self, *words: str, stdin: str) -> list[str]:
        done = self.sandbox.run([self.sandbox.tools.program("kubectl"), *words], stdin=stdin)
        return [line for line in done.stderr.splitlines() if line and _ACCEPTED not in line]


def objects_of(stack: str) -> list[Object]:
    """Return the objects of a stack of the tests in a namespace of these tests."""
    return _objects(PROJECT, stack)


def rendered_objects_of(stack: str, folder: Path) -> list[Object]:
    """Return the same as rendered manifests; `folder` is empty and takes a copy of the stack."""
    shutil.copytree(PROJECT / "models", folder / "models")
    shutil.copy(PROJECT / "Pulumi.yaml", folder)
    file = f"Pulumi.{stack}.yaml"
    config = yaml.safe_load((PROJECT / file).read_text())["config"]
    (folder / file).write_text(yaml.safe_dump({"config": {**config, **_RENDERED}}))
    return _objects(folder, stack)


def _objects(root: Path, stack: str) -> list[Object]:
    (head,) = declared(root, [stack])
    found = [part.object for part in head.parts if part.object]
    return [_moved(one) if one["metadata"]["namespace"] == head.namespace else one for one in found]


def _moved(one: Object) -> Object:
    return {**one, "metadata": {**one["metadata"], "namespace": _NAMESPACE}}


def pods_of(objects: Iterable[Object]) -> list[Object]:
    """Return a pod of each template."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": one["metadata"]["name"], "namespace": _NAMESPACE},
            "spec": one["spec"]["template"]["spec"],
        }
        for one in objects
        if one["kind"] in ("Deployment", "Job")
    ]


@contextmanager
def strict_namespace(sandbox: Sandbox) -> Generator[Admission]:
    """Give the strict namespace with the service accounts that its pods name; remove it after."""
    levels = dict.fromkeys(("enforce", "warn"), "restricted")
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode, level in levels.items()}
    sandbox.apply([namespace(_NAMESPACE, labels), namespace("argocd", {})])
    sandbox.apply(_accounts())
    try:
        yield Admission(sandbox=sandbox)
    finally:
        sandbox.kubectl("delete", "namespace", _NAMESPACE, "--wait=false")


def namespace(name: str, labels: Mapping[str, str]) -> Object:
    """Return a namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _accounts() -> list[Object]:
    """Return every service account of the stacks without its labels, which differ."""
    every = (one for stack in STACKS for one in objects_of(stack))
    names = {one["metadata"]["name"] for one in every if one["kind"] == "ServiceAccount"}
    metadata = [{"name": name, "namespace": _NAMESPACE} for name in sorted(names)]
    return [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": one} for one in metadata]
