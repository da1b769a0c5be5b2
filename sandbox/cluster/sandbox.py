"""A running sandbox, as tests and commands use it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster import holder, processes
from sandbox.cluster.layout import Layout
from sandbox.cluster.netns import run_in
from sandbox.cluster.processes import Process
from sandbox.cluster.programs import Program
from sandbox.errors import SandboxError
from sandbox.toolchain import Toolset

Manifest = Mapping[str, object]


class KubectlError(SandboxError):
    """A kubectl command failed; the text has what it printed."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """One named cluster: its places, the tools it runs, and the holder of its namespaces."""

    layout: Layout
    tools: Toolset
    holder: Process

    @property
    def name(self) -> str:
        """The name it was brought up under."""
        return self.layout.name

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; use it with `run`, inside the namespace."""
        return self.layout.kubeconfig

    @property
    def netns(self) -> str:
        """The network namespace in which the cluster answers."""
        return self.layout.netns

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point kubectl and other clients at this cluster only."""
        return {
            "KUBECONFIG": str(self.kubeconfig),
            "KUBECACHEDIR": str(self.layout.data / "kubectl"),
        }

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run any command where the cluster answers, with its kubeconfig set."""
        variables = {**self.environment, **(environment or {})}
        return run_in(self.netns, argv, stdin=stdin, environment=variables, timeout=timeout)

    def run_inside(self, argv: Sequence[str], stdin: Path = Path(os.devnull)) -> str:
        """Run a command in all of the sandbox's namespaces; return its complaint, or nothing.

        A file of the machine may be invisible there, so it is handed over as standard input.
        """
        inside = [*holder.inside(self.holder), *argv]
        with stdin.open("rb") as stream:
            done = subprocess.run(inside, stdin=stream, capture_output=True, text=True, check=False)
        return (done.stderr.strip() or f"exit {done.returncode}") if done.returncode else ""

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Return the output of one kubectl command; raises KubectlError when it fails."""
        done = self.run([self.tools.program("kubectl"), *arguments], stdin=stdin)
        if done.returncode:
            raise KubectlError(
                f"`kubectl {' '.join(arguments)}` failed: {done.stderr.strip()}",
                "Look at the cluster with `sandbox status` and `sandbox logs`",
            )
        return done.stdout

    def apply(self, manifests: Iterable[Manifest], *arguments: str) -> str:
        """Apply objects by server-side apply and return what kubectl says of each."""
        flags = ("--server-side", "--field-manager=sandbox", *arguments, "--filename=-")
        return self.kubectl("apply", *flags, stdin=listing(manifests))

    def create(self, manifests: Iterable[Manifest]) -> str:
        """Create objects with their status; needed for nodes, whose status apply drops."""
        return self.kubectl("create", "--filename=-", stdin=listing(manifests))

    def start(self, program: Program) -> Process:
        """Start a program in the sandbox's namespaces, with a log file and a record."""
        argv = [*holder.inside(self.holder), self.program(program.name), *program.arguments]
        log = self.layout.logs / f"{program.name}.log"
        pid = processes.spawn(argv, log, program.environment)
        process = processes.identify(pid) or Process(pid=pid, started=0)
        processes.save(process, self.layout.processes / f"{program.name}.json")
        return process

    def program(self, name: str) -> str:
        """Return the path of a program: the toolchain's, or the distribution's by its name."""
        path = self.tools.programs.get(name)
        return str(path) if path else name

    def programs(self) -> dict[str, bool]:
        """Return which programs were started, and whether each still runs."""
        records = sorted(self.layout.processes.glob("*.json"))
        loaded = {path.stem: processes.load(path) for path in records}
        return {
            name: bool(process and processes.is_running(process))
            for name, process in loaded.items()
        }


def listing(manifests: Iterable[Manifest]) -> str:
    """Return objects as one List, which kubectl reads from standard input."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})


def report(sandbox: Sandbox) -> tuple[str, bool]:
    """Return the state of a sandbox as text, and whether all of it is well."""
    programs = sandbox.programs()
    try:
        nodes = sandbox.kubectl("get", "nodes", "--request-timeout=5s").rstrip()
        answers = True
    except KubectlError as error:
        nodes, answers = str(error), False
    lines = [
        f"sandbox     {sandbox.name}",
        f"namespace   {sandbox.netns}",
        f"kubeconfig  {sandbox.kubeconfig}",
        *(f"{'running' if runs else 'ENDED':<12}{name}" for name, runs in programs.items()),
        nodes,
    ]
    return "\n".join(lines), answers and all(programs.values())
