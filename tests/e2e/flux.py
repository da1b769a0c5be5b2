"""Flux in a sandbox: its two controllers, and what they say of what they pull."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops.cluster.flux import NAMESPACE
from sandbox.argocd.git_server import GitServer
from sandbox.argocd.programs import LOOPBACK
from sandbox.cluster.processes import PROGRAM_PATH
from sandbox.cluster.programs import Program
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import WaitError, wait_until
from sandbox.toolchain.cache import built, means
from sandbox.toolchain.place import silent
from sandbox.toolchain.tools import FLUX

_ARTIFACTS, _HEALTH = f"{LOOPBACK}:9790", 9440
_KUSTOMIZATION = "kustomizations.kustomize.toolkit.fluxcd.io"
_SOURCE = "gitrepositories.source.toolkit.fluxcd.io"


@dataclass(frozen=True, kw_only=True)
class Flux:
    """Flux that runs in a sandbox."""

    sandbox: Sandbox

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Return one of its objects."""
        where = f"--namespace={NAMESPACE}"
        return json.loads(self.sandbox.kubectl(where, "get", kind, name, "--output=json"))

    def ready(self, name: str) -> tuple[str, str]:
        """Return whether a Kustomization is ready, and the sentence that says why not."""
        found: list[dict[str, str]] = (
            self.get(_KUSTOMIZATION, name).get("status", {}).get("conditions", [])
        )
        one = next((one for one in found if one["type"] == "Ready"), dict[str, str]())
        return one.get("status", "Unknown"), one.get("message", "")

    def names(self) -> set[str]:
        """Return the Kustomizations that there are."""
        where = f"--namespace={NAMESPACE}"
        listed = self.sandbox.kubectl(where, "get", _KUSTOMIZATION, "--output=name")
        return {one.rpartition("/")[2] for one in listed.split()}

    def ask(self, *names: str, source: str = "") -> None:
        """Have it look now, as a webhook would, at what it follows and at what it applied."""
        now = self.sandbox.run(["date", "+%s%N"]).stdout.strip()
        told = (f"reconcile.fluxcd.io/requestedAt={now}", "--overwrite")
        if source:
            self.sandbox.kubectl(f"--namespace={NAMESPACE}", "annotate", _SOURCE, source, *told)
        for name in names:
            self.sandbox.kubectl(
                f"--namespace={NAMESPACE}", "annotate", _KUSTOMIZATION, name, *told
            )

    def wait(self, revision: str, *names: str, seconds: float = 180) -> None:
        """Return when Kustomizations have applied a commit, and all that it declares is well."""

        def applied() -> bool:
            if not set(names) <= self.names():
                return False
            found = [self.get(_KUSTOMIZATION, name).get("status", {}) for name in names]
            done = all(one.get("lastAppliedRevision", "").endswith(revision) for one in found)
            return done and all(self.ready(name)[0] == "True" for name in names)

        try:
            wait_until(applied, "Flux did not apply the commit", seconds=seconds)
        except WaitError as error:
            told = {name: self.ready(name) for name in self.names()}
            raise AssertionError(f"{error}\n{json.dumps(told, indent=1)}") from error


def flux(sandbox: Sandbox, server: GitServer) -> Flux:
    """Return Flux, running in a sandbox; by its Secret it trusts the Git server."""
    entries = [built(tool, means(), silent, "it is for tests alone") for tool in FLUX]
    sandbox.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
    for entry in entries:
        definitions = str(entry / "share" / "definitions")
        sandbox.kubectl("apply", "--server-side", f"--filename={definitions}")
    sandbox.apply([_repository(server)])
    for tool, entry in zip(FLUX, entries, strict=True):
        work = sandbox.layout.data / tool.name
        work.mkdir(parents=True, exist_ok=True)
        sandbox.start(_program(tool.name, entry, sandbox, work))
    return Flux(sandbox=sandbox)


def _repository(server: GitServer) -> dict[str, Any]:
    """Return the Secret that the cluster file names, with the authority of the Git server."""
    data = {"username": "git", "password": "unused", "ca.crt": server.authority.read_text()}
    metadata = {"name": "repository", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}


def _program(name: str, entry: Path, sandbox: Sandbox, work: Path) -> Program:
    """Return a controller; both listen on loopback, each at ports of its own."""
    number = 0 if name == "source-controller" else 1
    own = (
        (f"--storage-path={work}", f"--storage-addr={_ARTIFACTS}",
         f"--storage-adv-addr={_ARTIFACTS}")
        if number == 0
        else ("--no-remote-bases", "--requeue-dependency=2s")
    )  # fmt: skip
    return Program(
        name=name,
        arguments=(
            "--enable-leader-election=false",
            "--watch-all-namespaces=true",
            f"--metrics-addr={LOOPBACK}:{9780 + number}",
            f"--health-addr={LOOPBACK}:{_HEALTH + number}",
            *own,
        ),
        environment={
            "PATH": f"{entry / 'bin'}:{PROGRAM_PATH}",
            "HOME": str(work),
            "TMPDIR": str(work),
            "KUBECONFIG": str(sandbox.layout.kubeconfig),
            "RUNTIME_NAMESPACE": NAMESPACE,
        },
    )
