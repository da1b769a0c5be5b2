"""A Git repository on this machine, which stands for the one a team pushes to."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

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


def create(path: Path) -> Repository:
    """Make an empty repository in a new folder."""
    path.mkdir(parents=True)
    repository = Repository(path=path)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository
