"""kubectl, held to one context of the user's kubeconfig."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.errors import SandboxError
from sandbox.toolchain.ensure import Progress, ensure
from sandbox.toolchain.tools import here

_SECONDS = 15
_AWAY = re.compile("[uU]nable to connect|refused|no such host|[tT]imeout|deadline|x509")
_STRANGER = re.compile(r"Unauthorized|must be logged in|credentials|exec plugin")


class ContextError(SandboxError):
    """A context cannot be used, or its cluster refuses a request."""


class ForbiddenError(ContextError):
    """The user of a context may not do something."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """One context, and the program that speaks to its cluster."""

    kubectl: str
    context: str

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Return what a command prints; raises ContextError with a cure."""
        argv = [self.kubectl, f"--context={self.context}", *arguments]
        if arguments[0] != "wait":
            argv.append(f"--request-timeout={_SECONDS}s")
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
        if done.returncode:
            raise failure(self.context, done.stderr)
        return done.stdout

    def read(self, *arguments: str) -> Any:
        """Return what a command prints as JSON."""
        return json.loads(self.run(*arguments, "--output=json"))


def client(context: str, progress: Progress, which: Callable[[str], str | None]) -> Client:
    """Return the client of a context; raises ContextError when there is no such context.

    An installed kubectl is taken whatever its version is; on Linux one is had otherwise.
    """
    kubectl = which("kubectl")
    if not kubectl and here().system != "linux":
        raise ContextError("There is no kubectl on PATH", "Install one, of any recent version")
    kubectl = kubectl or ensure(("kubernetes",), progress).program("kubectl")
    names = contexts(kubectl)
    if context not in names:
        known = f"Choose from {', '.join(names)}" if names else "Point KUBECONFIG at a kubeconfig"
        raise ContextError(f"The kubeconfig has no context {context!r}", known)
    return Client(kubectl=kubectl, context=context)


def installed(name: str) -> str | None:
    """Return where a program is on this machine, if it is."""
    return shutil.which(name)


def contexts(kubectl: str) -> list[str]:
    """Return the names of the contexts of the user's kubeconfig."""
    argv = [kubectl, "config", "get-contexts", "--output=name"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContextError(
            f"The kubeconfig cannot be read ({last_line(done.stderr)})",
            "Point KUBECONFIG at a kubeconfig",
        )
    return sorted(done.stdout.split())


def failure(context: str, output: str) -> ContextError:
    """Return the error for a command that failed, told from what it printed."""
    said = last_line(output)
    if "forbidden" in said.lower():
        return ForbiddenError(
            f"The user of context {context!r} may not do this ({said})",
            "Ask the cluster's administrator, or use another context",
        )
    if _STRANGER.search(said):
        return ContextError(
            f"The cluster of context {context!r} does not know its user ({said})",
            "Log in to the cluster anew",
        )
    if _AWAY.search(said):
        return ContextError(
            f"The cluster of context {context!r} does not answer ({said})",
            "Start it, or look at the network in between",
        )
    return ContextError(
        f"The cluster of context {context!r} refuses a request ({said})",
        "Try the same with kubectl to learn more",
    )


def last_line(output: str) -> str:
    """Return the last line of what a program printed."""
    lines = output.strip().splitlines()
    return lines[-1].strip() if lines else "it printed nothing"
