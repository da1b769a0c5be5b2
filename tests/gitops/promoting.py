"""A project whose production takes releases of staging, its remote, and evidence of it."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from components.checks.resolve import release_of
from gitops.planning.checkout import resolved_stack
from settings.release import digest_of
from tests.gitops.checkouts import GIT_ENVIRONMENT
from tests.support.project import ROOT, write_project

BRANCH = "promote/production"
PROMOTION = """\
  localai:promotion:
    from: staging
"""
POOLS = "  localai:pools:\n"
# Runs the command, and ends it as `kill -9` does before or after a step that changes something: a
# command of Git that writes, or a request that does. It is given by its number or its name.
ENDED = """\
import os, signal, sys
from gitops.adapters import branch, process
from gitops.adapters.forge import api
at, after = sys.argv.pop(1), sys.argv.pop(1) == "after"
steps = 0
def step(act, *words, **more):
    global steps
    steps += 1
    here = at in (str(steps), words[0])
    if here and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    done = act(*words, **more)
    if here:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
written, sent = branch.Branches._git, api.Api._sent
writes = ("fetch", "hash-object", "mktree", "commit-tree", "push")
def git(self, *words, **more):
    act = written.__get__(self)
    return step(act, *words, **more) if words[0] in writes else act(*words, **more)
def send(self, method, *words):
    act = sent.__get__(self)
    return step(act, method, *words) if method != "GET" else act(method, *words)
branch.Branches._git, api.Api._sent = git, send
from gitops.cli.main import main
try:
    main()
finally:
    print("steps", steps, file=sys.stderr)
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A checkout with a remote; `outside` is a folder for files that are not in it."""

    folder: Path
    remote: Path
    outside: Path

    def git(
        self, *words: str, folder: Path | None = None, more: Mapping[str, str] | None = None
    ) -> str:
        """Run Git and return what it says."""
        environment = {**os.environ, **GIT_ENVIRONMENT, **(more or {})}
        done = subprocess.run(
            ["git", *words], cwd=folder or self.folder, env=environment,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that a file holds."""
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))

    def ask(self, lines: str) -> None:
        """Ask more of promotions into production, and merge that."""
        self.edit("Pulumi.production.yaml", PROMOTION, PROMOTION + lines)
        self.merge("Ask more")

    def merge(self, subject: str, when: datetime | None = None) -> str:
        """Commit everything, push it, and return the commit."""
        told = {"GIT_COMMITTER_DATE": when.isoformat()} if when else dict[str, str]()
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject, more=told)
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def branches(self) -> dict[str, str]:
        """Return the branches of the remote with their commits."""
        lines = self.git("for-each-ref", "--format=%(refname:short) %(objectname)",
                         folder=self.remote).splitlines()  # fmt: skip
        return dict(line.split(" ") for line in lines)  # pyright: ignore[reportUnknownArgumentType]

    def shown(self, path: str, at: str = BRANCH) -> str:
        """Return a file of a branch of the remote."""
        return self.git("show", f"{at}:{path}", folder=self.remote)

    def evidence(self, name: str = "smoke.json", **values: Any) -> str:
        """Write evidence of staging and return its path."""
        context, pools = resolved_stack(self.folder, "staging")
        names = [one for pool in pools for one in (*pool.settings.models, *pool.settings.aliases)]
        served = [(one, f"served-{one}") for one in context.settings.served_models]
        time = datetime.now(UTC) - timedelta(hours=1)
        found: dict[str, Any] = {
            "version": 2, "kind": "smoke", "stack": "staging", "verdict": "pass", "tools": {},
            "release": dict(release_of(context, pools).summary),
            "time": f"{time:%Y-%m-%dT%H:%M:%SZ}", "tool": "localai-gitops 0",
            "checks": [*map(answers, names), *(answers(*one) for one in served)], **values,
        }  # fmt: skip
        path = self.outside / name
        path.write_text(sealed(found))
        return str(path)


def answers(name: str, pool: str = "chat", verdict: str = "pass") -> dict[str, str]:
    """Return the check of a model that answered."""
    return {"check": "answers", "pool": pool, "name": name, "verdict": verdict,
            "text": "said Paris"}  # fmt: skip


def sealed(found: Mapping[str, Any]) -> str:
    """Return evidence as its file holds it."""
    whole = {**found, "digest": digest_of(found)}
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"


def accepted(folder: Path) -> Project:
    """Return a project with evidence of staging outside of it, and an environment of ours."""
    found = project(folder)
    (found.folder / ".venv").symlink_to(ROOT / ".venv")
    found.evidence()
    return found


def project(folder: Path) -> Project:
    """Return a new project; what it declares was merged a week ago."""
    here = folder / "here"
    write_project(here)
    text = (here / "Pulumi.production.yaml").read_text()
    (here / "Pulumi.production.yaml").write_text(text.replace(POOLS, PROMOTION + POOLS))
    return declared(folder)


def declared(folder: Path) -> Project:
    """Return the project in the folder `here` of another one, merged a week ago."""
    found = Project(folder=folder / "here", remote=folder / "team" / "models.git", outside=folder)
    bare = ("init", "--quiet", "--bare", "--initial-branch=main", str(found.remote))
    found.git(*bare, folder=folder)
    found.git("init", "--quiet", "--initial-branch=main", "--template=")
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        found.git("config", key, value)
    found.git("remote", "add", "origin", str(found.remote))
    found.merge("Start here", when=datetime.now(UTC) - timedelta(days=7))
    return found
