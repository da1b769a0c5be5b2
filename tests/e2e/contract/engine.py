"""The Pulumi engine on a throw-away project, with a file backend and the stand-in plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cluster.sandbox import Sandbox
from sandbox.plugins.install import install
from sandbox.toolchain import ensure

PROJECT = "name: contract\nruntime: python\n"
SWITCHES = (
    "PULUMI_SKIP_UPDATE_CHECK",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
    "PULUMI_DISABLE_REGISTRY_RESOLVE",
)


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One project with one stack; `folder` holds its program, state and plugins."""

    folder: Path
    sandbox: Sandbox
    environment: dict[str, str]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one `pulumi` command where the cluster answers, whatever its outcome."""
        project = ("--cwd", str(self.folder / "program"), "--non-interactive", "--color=never")
        variables = {
            **dict.fromkeys(SWITCHES, "true"),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "contract",
            "PULUMI_PYTHON_CMD": sys.executable,
        }
        environment = {**variables, **self.environment, **environment}
        return self.sandbox.run(["pulumi", *words, *project], environment=environment, timeout=120)

    def do(self, *words: str, **environment: str) -> str:
        """Run one `pulumi` command that must succeed and return its output."""
        done = self.run(*words, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def steps(self, **environment: str) -> list[dict[str, Any]]:
        """Return the steps of a preview that change something, in order."""
        digest = json.loads(self.do("preview", "--json", **environment))
        return [step for step in digest["steps"] if step["op"] != "same"]


def engine(sandbox: Sandbox, folder: Path, program: str, environment: dict[str, str]) -> Engine:
    """Return an engine with a new stack of a program."""
    tools = ensure(("pulumi", "pulumi-language-python"))
    for name in ("program", "state", "home"):
        (folder / name).mkdir()
    (folder / "program" / "Pulumi.yaml").write_text(PROJECT)
    (folder / "program" / "__main__.py").write_text(program)
    install(folder / "home")
    paths = {"PATH": tools.path(os.environ["PATH"])}
    made = Engine(folder=folder, sandbox=sandbox, environment={**paths, **environment})
    made.do("stack", "init", "dev")
    return made
