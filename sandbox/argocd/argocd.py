"""A running Argo CD, as tests and benchmarks use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.argocd.application import (
    Application,
    ApplicationStatus,
    Repository,
    manifest,
    new_repository,
    parse,
)
from sandbox.argocd.programs import NAMES, NAMESPACE, end
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import WaitError, wait_until
from sandbox.errors import SandboxError

REFRESH = "argocd.argoproj.io/refresh=hard"


class ApplicationError(SandboxError):
    """An Application did not get where it should; the text says where it is."""


@dataclass(frozen=True, kw_only=True)
class ArgoCd:
    """Argo CD in one sandbox, and the folder whose repositories it can read."""

    sandbox: Sandbox
    repositories: Path

    def repository(self, name: str) -> Repository:
        """Return a new, empty repository that it can read."""
        return new_repository(self.repositories / name)

    def apply(self, application: Application) -> None:
        """Create an Application, or change it."""
        self.sandbox.apply([manifest(application)])

    def delete(self, name: str) -> None:
        """Remove an Application and leave the objects it made."""
        self.kubectl("delete", "application", name)

    def refresh(self, name: str) -> None:
        """Have an Application compared with the newest commit now, as a webhook would."""
        self.kubectl("annotate", "application", name, REFRESH, "--overwrite")

    def status(self, name: str) -> ApplicationStatus:
        """Return what Argo CD says of an Application."""
        return parse(json.loads(self.kubectl("get", "application", name, "--output=json")))

    def wait_synced(self, name: str, revision: str, timeout: float = 60) -> ApplicationStatus:
        """Return when the cluster is as a commit declares, and well; `timeout` is in seconds.

        Raises ApplicationError with the state that it is in.
        """
        return self.wait(name, lambda status: status.converged(revision), timeout)

    def wait(
        self, name: str, condition: Callable[[ApplicationStatus], bool], timeout: float = 60
    ) -> ApplicationStatus:
        """Return the first status of an Application that meets a condition."""
        seen = [self.status(name)]

        def met() -> bool:
            seen.append(self.status(name))
            return condition(seen[-1])

        try:
            wait_until(met, f"{name} was not as awaited", timeout)
        except WaitError as error:
            raise ApplicationError(
                f"{name} was not as awaited within {timeout:g} s: {seen[-1].sentence()}",
                "Read `sandbox logs argocd-application-controller` and `argocd-repo-server`",
            ) from error
        return seen[-1]

    def kubectl(self, *arguments: str) -> str:
        """Return the output of one kubectl command in Argo CD's namespace."""
        return self.sandbox.kubectl(f"--namespace={NAMESPACE}", *arguments)

    def stop(self) -> None:
        """End Argo CD's programs; its objects and what it applied stay."""
        for name in reversed(NAMES):
            end(self.sandbox, name)
