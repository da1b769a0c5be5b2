"""An Application: one folder of a repository that Argo CD keeps a namespace equal to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sandbox.argocd.programs import NAMESPACE
from sandbox.cluster.sandbox import Manifest

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
    """What to sync from where to where; it prunes and heals by itself."""

    name: str
    repository: Path
    path: str
    namespace: str
    revision: str = "main"
    options: tuple[str, ...] = ()
    retry: Retry = field(default_factory=Retry)


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
        "repoURL": application.repository.as_uri(),
        "targetRevision": application.revision,
        "path": application.path,
        "directory": {"exclude": "parts.json"},
    }
