"""The real Pulumi engine on a stack of this program, with its state in a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops.adapters.pulumi import ENGINE
from sandbox.cluster.sandbox import Sandbox
from sandbox.errors import SandboxError
from sandbox.plugins.install import install
from sandbox.toolchain import ensure

# What the program needs to run, copied so that an experiment never touches the checkout.
PROGRAM = (
    "fetch", "proof", "predict", "documents", "localai", "hardware", "models", "settings",
    "components",
    "stack.py", "__main__.py", "Pulumi.yaml",
)  # fmt: skip
_SWITCHES = (
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
    "PULUMI_DISABLE_REGISTRY_RESOLVE",
)
# What takes longer hangs, also where eight processes want each core.
_LONGEST_SECONDS = 900


class EngineError(SandboxError):
    """A command of the engine failed; the text has the end of what it printed."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One stack of a program in a folder, and a sandbox to apply it to."""

    folder: Path
    sandbox: Sandbox
    stack: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def program(self) -> Path:
        """Return the folder of the program, whose stack files may be edited."""
        return self.folder / "program"

    def command(self, *words: str) -> list[str]:
        """Return the command line of one `pulumi` command on this stack."""
        options = ("--cwd", str(self.program), "--stack", self.stack, "--non-interactive")
        return ["pulumi", *words, *options, "--color=never"]

    def variables(self) -> dict[str, str]:
        """Return the environment of the engine: its own home, its own state, no downloads."""
        return {
            **ENGINE,
            **dict.fromkeys(_SWITCHES, "true"),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "PULUMI_PYTHON_CMD": sys.executable,
            "PYTHONDONTWRITEBYTECODE": "",
            **self.environment,
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, whatever it is."""
        argv, variables = self.command(*words), self.variables()
        return self.sandbox.run(argv, environment=variables, timeout=_LONGEST_SECONDS)

    def do(self, *words: str) -> str:
        """Run one command that must succeed and return what it printed.

        Raises:
            EngineError: it failed.
        """
        done = self.run(*words)
        if done.returncode:
            told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
            raise EngineError(f"`pulumi {' '.join(words)}` failed: {told}", "Mend the cause")
        return done.stdout

    def up(self) -> str:
        """Apply the program without a preview."""
        return self.do("up", "--yes", "--skip-preview")

    def destroy(self) -> str:
        """Delete what may be deleted; claims stay."""
        return self.do("destroy", "--yes", "--skip-preview")

    def steps(self, *options: str) -> list[dict[str, Any]]:
        """Return the steps of a preview that change something, in order."""
        digest = json.loads(self.do("preview", "--json", *options))
        return [step for step in digest["steps"] if step["op"] != "same"]

    def state(self) -> dict[str, Any]:
        """Return the exported state; its secrets are encrypted."""
        return json.loads(self.do("stack", "export"))


def engine(sandbox: Sandbox, folder: Path, checkout: Path, stack: str) -> Engine:
    """Return an engine with a new, empty stack of a copy of a checkout's program."""
    tools = ensure(("pulumi", "pulumi-language-python"))
    program = folder / "program"
    program.mkdir(parents=True)
    for name in ("state", "home"):
        (folder / name).mkdir()
    # Where a folder for logs cannot be made, the engine keeps none of all it says to plugins: half
    # of its processor time (pkg/logging/encrypted.go, StartLogging). The workspace pod has none.
    (folder / "home" / "logs").touch()
    for name in PROGRAM:
        copy = shutil.copytree if (checkout / name).is_dir() else shutil.copy
        copy(checkout / name, program / name)
    for file in checkout.glob("Pulumi.*.yaml"):
        shutil.copy(file, program / file.name)
    install(folder / "home")
    environment = {"PATH": tools.path(os.environ["PATH"])}
    made = Engine(folder=folder, sandbox=sandbox, stack=stack, environment=environment)
    made.do("stack", "init")
    return made
