"""A stack delivered as rendered manifests: a checkout to edit, a repository that is pulled."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.argocd.application import Application, ApplicationStatus, Repository, Retry
from sandbox.argocd.argocd import ArgoCd
from tests.support.project import PROJECT, ROOT

STACK_FILE = "Pulumi.dev.yaml"


def checkout(folder: Path) -> Path:
    """Copy what a person edits into a folder and return it."""
    shutil.copytree(PROJECT / "models", folder / "models")
    for name in ("Pulumi.yaml", STACK_FILE):
        shutil.copy(PROJECT / name, folder)
    return folder


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One stack; its Application and its namespace are called `name`."""

    argocd: ArgoCd
    checkout: Path
    repository: Repository
    name: str

    def settings(self) -> dict[str, Any]:
        """Return the stack's settings without their prefix."""
        config = yaml.safe_load((self.checkout / STACK_FILE).read_text())["config"]
        return {key.removeprefix("localai:"): value for key, value in config.items()}

    def edit(self, **changes: Any) -> None:
        """Set settings of the stack."""
        config = {f"localai:{key}": value for key, value in {**self.settings(), **changes}.items()}
        # Through JSON, as one value used twice would become an alias.
        plain = json.loads(json.dumps({"config": config}))
        (self.checkout / STACK_FILE).write_text(yaml.safe_dump(plain))

    def push(self) -> str:
        """Render the stack, commit the manifests, and return the revision."""
        out = self.repository.path / "dev"
        done = subprocess.run(
            [sys.executable, "-m", "gitops", "render", "dev", "--out", out],
            cwd=self.checkout,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return self.repository.commit("Render the stack")

    def begin(self, retry: Retry | None = None) -> None:
        """Create the Application."""
        application = Application(
            name=self.name,
            repository=self.repository.path,
            path="dev",
            namespace=self.name,
            retry=retry or Retry(),
        )
        self.argocd.apply(application)

    def wait(self, revision: str) -> ApplicationStatus:
        """Return when the cluster is as a revision declares."""
        return self.argocd.wait_synced(self.name, revision, timeout=90)

    def converge(self) -> float:
        """Push, announce it as a webhook does, and return the seconds it takes to converge."""
        revision = self.push()
        start = time.monotonic()
        self.argocd.refresh(self.name)
        self.wait(revision)
        return time.monotonic() - start

    def kubectl(self, *arguments: str) -> str:
        """Return the output of a kubectl command in the stack's namespace."""
        return self.argocd.sandbox.kubectl(f"--namespace={self.name}", *arguments)

    def names(self, kinds: str) -> set[str]:
        """Return the `kind/name` of objects."""
        return set(self.kubectl("get", kinds, "--output=name").split())

    def objects(self, kinds: str) -> list[dict[str, Any]]:
        """Return objects as they are in the cluster."""
        return json.loads(self.kubectl("get", kinds, "--output=json"))["items"]

    def make_namespace(self) -> None:
        """Create the namespace, which takes only pods that obey the strictest rules."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": self.name, "labels": labels}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        self.argocd.sandbox.apply([namespace])

    def remove(self) -> None:
        """Remove the Application if there is one; the namespace goes while other tests run."""
        self.argocd.kubectl("delete", "application", self.name, "--ignore-not-found")
        flags = ("--ignore-not-found", "--wait=false")
        self.argocd.sandbox.kubectl("delete", "namespace", self.name, *flags)
