"""The workspace pod as the operator makes it from a `Stack`, and the engine in it.

The operator itself is not here: its agent is `sleep`, its fetch copies a checkout that lies in the
image, and its commands are run by `kubectl exec`.
"""

import io
import json
import shlex
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cluster.keys import REAL_NODE
from sandbox.cluster.sandbox import Sandbox
from sandbox.images.archive import Image, layer
from sandbox.images.workspace import WORKSPACE
from sandbox.serving.local_volumes import LOCAL_CLASS

POD = "dev-workspace-0"
_FOREVER = str(2**31 - 1)
Rule = tuple[str, str, str, str]


def workspace_pod(stack: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pod of a `Stack`; source: workspace_controller.go of the operator, v2.9.0."""
    spec, workspace = stack["spec"], stack["spec"]["workspaceTemplate"]["spec"]
    given = workspace["podTemplate"]["spec"]
    share = {"name": "share", "mountPath": "/share"}
    restricted = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    }
    fetch = "cp -rP /checkout /share/source && ln -s /share/source/ /share/workspace"
    own = {
        "initContainers": [
            {"name": "bootstrap", "command": ["sh", "-c", "true"]},
            {"name": "fetch", "command": ["sh", "-c", fetch]},
        ],
        "containers": [
            {
                "name": "pulumi",
                "command": ["sleep", _FOREVER],
                "resources": workspace["resources"],
                "workingDir": "/share/workspace",
                "env": [
                    *({"name": key, "valueFrom": _from(ref)} for key, ref in _references(spec)),
                    {"name": "PULUMI_BACKEND_URL", "value": spec["backend"]},
                ],
            }
        ],
    }
    base = {"image": WORKSPACE, "volumeMounts": [share], "securityContext": restricted}
    made = {
        role: _merged([{**base, **one} for one in own[role]], given.get(role, [])) for role in own
    }
    user = {"runAsNonRoot": True, "runAsUser": 1000, "runAsGroup": 1000}
    profile = {"seccompProfile": {"type": "RuntimeDefault"}}
    # The last two are of this cluster: one node that runs pods, and no name server.
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "namespace": stack["metadata"]["namespace"]},
        "spec": {
            **made,
            "serviceAccountName": workspace["serviceAccountName"],
            "securityContext": {**profile, **user, **given["securityContext"]},
            "volumes": [{"name": "share", "emptyDir": {}}, *given["volumes"]],
            "terminationGracePeriodSeconds": 1,
            "nodeSelector": {"kubernetes.io/hostname": REAL_NODE},
            "dnsPolicy": "None",
            "dnsConfig": {"nameservers": ["127.0.0.1"]},
        },
    }


def secrets_of_a_person(namespace: str) -> list[dict[str, Any]]:
    """Return the passphrase and the claim of a state, which no manifest makes."""
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": LOCAL_CLASS,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "state", "namespace": namespace},
            "stringData": {"passphrase": "sandbox"},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "state", "namespace": namespace},
            "spec": claim,
        },
    ]


def _references(spec: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for name, one in spec["envRefs"].items():
        yield name, one["secret"]


def _from(reference: dict[str, str]) -> dict[str, Any]:
    return {"secretKeyRef": {"name": reference["name"], "key": reference["key"]}}


def _merged(base: list[dict[str, Any]], patch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge containers by name as a strategic merge does; what only the patch has comes last."""
    known = {one["name"]: one for one in base}
    for one in patch:
        old = known.get(one["name"], {})
        lists = {key: [*old.get(key, []), *one.get(key, [])] for key in ("env", "volumeMounts")}
        context = {**old.get("securityContext", {}), **one.get("securityContext", {})}
        known[one["name"]] = {**old, **one, **lists, "securityContext": context}
    local = {"image": WORKSPACE, "imagePullPolicy": "Never"}
    return [{**one, **local} for one in known.values()]


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A running workspace pod of a namespace."""

    sandbox: Sandbox
    namespace: str
    stack: str

    def inside(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the pod, whatever becomes of it."""
        kubectl = [self.sandbox.tools.program("kubectl"), "--namespace", self.namespace]
        words = [*kubectl, "exec", POD, "--container=pulumi", "--", *argv]
        return self.sandbox.run(words, timeout=900)

    def pulumi(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the engine as the operator's agent does."""
        return self.inside("pulumi", *words, "--stack", self.stack, "--non-interactive")

    def must(self, *words: str) -> str:
        """Run a command of the engine that must succeed, and return what it said."""
        done = self.pulumi(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self) -> str:
        """Do what one run of a `Stack` with `refresh: true` does."""
        return self.must("up", "--yes", "--skip-preview", "--refresh")

    def select(self) -> None:
        """Do what the agent does when it starts."""
        words = ("--create", "--secrets-provider=passphrase", "--non-interactive")
        done = self.inside("pulumi", "stack", "select", self.stack, *words)
        assert done.returncode == 0, done.stderr

    def commit(self, text: str) -> None:
        """Write the stack file anew, as the pod of another commit has it."""
        # On a busy machine `kubectl exec` can end before it has sent its standard input.
        script = 'printf %s "$1" > /share/source/Pulumi.dev.yaml'
        done = self.inside("sh", "-c", script, "sh", text)
        assert done.returncode == 0, done.stderr
        self.select()


def without_network(image: Image, folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in an image that nobody may write to, with its user and no network at all."""
    folder.mkdir(exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(layer(image))) as tar:
        tar.extractall(folder, filter="tar")
    folder.chmod(0o755)
    written = ("tmp", "opt/pulumi/workspaces")
    for name in ("proc", "dev", *written):
        (folder / name).mkdir(parents=True, exist_ok=True)
    lines = [
        "set -e",
        "ip link set lo up",
        f"mount --bind {folder} {folder}",
        *(f"mount -t tmpfs -o mode=1777 none {folder}/{name}" for name in written),
        f"mount -t proc none {folder}/proc",
        f"mount --rbind /dev {folder}/dev",
        f"mount -o remount,ro,bind {folder}",
        f"exec chroot --userspec={image.user} {folder} /bin/sh -c {shlex.quote(script)}",
    ]
    inside = ["unshare", "--net", "--mount", "--", "sh", "-c", "\n".join(lines)]
    environment = dict(one.split("=", 1) for one in image.environment)
    # The shell outside needs its own folders of programs.
    environment["PATH"] += ":/usr/sbin:/sbin"
    return subprocess.run(
        inside, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


def granted(roles: list[Mapping[str, Any]]) -> set[Rule]:
    """Return every verb that Roles grant: namespace, group, resource, verb."""
    return {
        (role["metadata"]["namespace"], group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def audited(log: Path, account: str) -> tuple[Counter[Rule], Counter[Rule]]:
    """Return what an account did in namespaces, and what it was denied, by how often."""
    allowed, denied = Counter[Rule](), Counter[Rule]()
    for line in log.read_text().splitlines():
        event = json.loads(line)
        of = event.get("objectRef")
        if event["user"]["username"] != account or not of or not of.get("namespace"):
            continue
        rule = (of["namespace"], of.get("apiGroup", ""), of["resource"], event["verb"])
        decision = event.get("annotations", {}).get("authorization.k8s.io/decision")
        (allowed if decision == "allow" else denied)[rule] += 1
    return allowed, denied
