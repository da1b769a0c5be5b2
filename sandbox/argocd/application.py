"""An Application, and the Git repository on this machine that it keeps a namespace equal to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from sandbox.argocd.programs import NAMESPACE
from sandbox.cluster.sandbox import Manifest
from sandbox.errors import SandboxError

SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "sandbox",
    "GIT_AUTHOR_EMAIL": "sandbox@localhost",
    "GIT_COMMITTER_NAME": "sandbox",
    "GIT_COMMITTER_EMAIL": "sandbox@localhost",
}
"""Nothing of the machine's own Git settings reaches these commits: no signing, no hooks."""


class RepositoryError(SandboxError):
    """Git refused a command."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A working copy with one branch, `main`; a commit in it is a push."""

    path: Path

    def commit(self, message: str) -> str:
        """Commit all that lies there and return the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Return the output of a Git command there; raises RepositoryError when it fails."""
        environment = {**os.environ, **SETTINGS}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RepositoryError(
                f"`git {' '.join(arguments)}` failed: {done.stderr.strip()}",
                f"Look at the repository in {self.path}",
            )
        return done.stdout


def new_repository(path: Path) -> Repository:
    """Make an empty repository in a new folder."""
    path.mkdir(parents=True)
    repository = Repository(path=path)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository


CLUSTER = "https://kubernetes.default.svc"


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How a failed sync is tried again; durations are in seconds."""

    limit: int = 3
    first: int = 5
    factor: int = 2
    longest: int = 180

    def manifest(self) -> Manifest:
        """Return it as Argo CD writes it."""
        backoff = {
            "duration": f"{self.first}s",
            "factor": self.factor,
            "maxDuration": f"{self.longest}s",
        }
        return {"limit": self.limit, "backoff": backoff}


@dataclass(frozen=True, kw_only=True)
class Application:
    """What to sync from where to where; it prunes and heals by itself.

    The repository is read as a folder, unless it has a `url`.
    """

    name: str
    repository: Path
    path: str
    namespace: str
    revision: str = "main"
    options: tuple[str, ...] = ()
    retry: Retry = field(default_factory=Retry)
    url: str = ""


def manifest(application: Application) -> Manifest:
    """Return the Application object."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": application.name, "namespace": NAMESPACE},
        "spec": {
            "project": "default",
            "source": source(application),
            "destination": {"server": CLUSTER, "namespace": application.namespace},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": list(application.options),
                "retry": application.retry.manifest(),
            },
        },
    }


def source(application: Application) -> Manifest:
    """Return where the manifests lie; the index of a rendering is not one of them."""
    return {
        "repoURL": application.url or application.repository.as_uri(),
        "targetRevision": application.revision,
        "path": application.path,
        "directory": {"exclude": "parts.json"},
    }


Fields = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class ObjectStatus:
    """One object of an Application: whether it is as declared, and how it fares."""

    kind: str
    name: str
    sync: str
    health: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ApplicationStatus:
    """An Application at one moment; `revision` is the commit that it was compared with."""

    sync: str
    revision: str
    health: str
    phase: str
    message: str
    retries: int
    conditions: tuple[str, ...]
    objects: tuple[ObjectStatus, ...]

    def converged(self, revision: str) -> bool:
        """Tell whether the cluster is as that commit declares, and well."""
        as_declared = (self.sync, self.revision, self.health) == ("Synced", revision, "Healthy")
        return as_declared and self.phase in ("", "Succeeded")

    def sentence(self) -> str:
        """Return the state in one line, with what stands in the way."""
        words = [self.sync or "not compared", self.health or "health unknown"]
        words.append(f"at {self.revision[:8] or 'no revision'}")
        if self.phase:
            words.append(f"last sync {self.phase}: {self.message}")
        words += self.conditions
        words += [
            f"{one.kind} {one.name} {one.sync} {one.health} {one.message}".rstrip()
            for one in self.objects
            if one.sync != "Synced" or one.health not in ("", "Healthy")
        ]
        return "; ".join(words)


def parse(application: Manifest) -> ApplicationStatus:
    """Return the status in an Application object; what is not there yet is empty."""
    status = part(application, "status")
    operation = part(status, "operationState")
    conditions = items(status, "conditions")
    return ApplicationStatus(
        sync=text(part(status, "sync"), "status"),
        revision=text(part(status, "sync"), "revision"),
        health=text(part(status, "health"), "status"),
        phase=text(operation, "phase"),
        message=text(operation, "message"),
        retries=int(text(operation, "retryCount") or 0),
        conditions=tuple(f"{text(one, 'type')}: {text(one, 'message')}" for one in conditions),
        objects=tuple(object_status(one) for one in items(status, "resources")),
    )


def object_status(fields: Fields) -> ObjectStatus:
    """Return the status of one object."""
    health = part(fields, "health")
    return ObjectStatus(
        kind=text(fields, "kind"),
        name=text(fields, "name"),
        sync=text(fields, "status"),
        health=text(health, "status"),
        message=text(health, "message"),
    )


def part(fields: Fields, key: str) -> Fields:
    """Return a mapping in a mapping, empty when it is not there."""
    return cast("Fields", fields.get(key) or {})


def items(fields: Fields, key: str) -> Sequence[Fields]:
    """Return a list of mappings in a mapping, empty when it is not there."""
    return cast("Sequence[Fields]", fields.get(key) or ())


def text(fields: Fields, key: str) -> str:
    """Return a value in a mapping as text, empty when it is not there."""
    value = fields.get(key)
    return "" if value is None else str(value)
