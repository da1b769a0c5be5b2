"""The Go compiler as a process: its version, a build, a module's folder, and its errors."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.toolchain.recipe import ENVIRONMENT

NEEDED = (1, 26, 3)
"""What the newest wrapper module (Argo CD's) asks for."""

_ABSENT = re.compile(
    "404 Not Found|403 Forbidden|410 Gone|unknown revision|disabled by GOPROXY=off"
)
_SILENT = re.compile(
    "dial tcp|no such host|[tT]imeout|connection (refused|reset)|proxyconnect|x509:"
)


class GoError(SandboxError):
    """Go is missing or too old, or a build failed."""


def run(argv: Sequence[str], folder: Path) -> str:
    """Return a Go command's standard output; raises GoError with the cure when it fails."""
    environment = {**os.environ, **ENVIRONMENT}
    try:
        done = subprocess.run(
            argv, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise too_old("none is on PATH") from error
    if done.returncode:
        raise build_error(done.stderr)
    return done.stdout


def version() -> str:
    """Return the version of the installed Go, such as `1.26.8`; raises GoError if there is none."""
    return run(["go", "env", "GOVERSION"], Path("/")).strip().removeprefix("go")


def check_version(text: str) -> None:
    """Raise GoError unless `text` names a Go version that can build every tool."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if not found or tuple(int(part or 0) for part in found.groups()) < NEEDED:
        raise too_old(f"this machine has {text}")


def too_old(found: str) -> GoError:
    """Return the error for a machine whose Go cannot build the tools."""
    wanted = ".".join(str(part) for part in NEEDED)
    return GoError(
        f"Building the tools needs Go {wanted} or newer, and {found}",
        "Install it from your distribution or your mirror of the Go releases, and put it on PATH",
    )


def build_error(output: str) -> GoError:
    """Return the error for a failed Go command, told from what it printed."""
    last = output.strip().splitlines()[-1].strip() if output.strip() else "it printed nothing"
    if re.search(r"no space left on device", output):
        return GoError(
            f"The disk filled up during the build ({last})",
            "Free some gigabytes, or clean old build results with `go clean -cache`",
        )
    if _ABSENT.search(output):
        return GoError(
            f"A Go module is not in the module proxy ({last})",
            "Ask for it in your mirror, or point GOPROXY at one that has it",
        )
    if _SILENT.search(output):
        return GoError(
            f"The Go module proxy does not answer ({last})",
            "Check the network, or set GOPROXY to your mirror; what is built already stays usable",
        )
    return GoError(
        f"The Go build failed ({last})",
        "Remove the build cache with `go clean -cache` and try again",
    )


def module_folder(module: str, wrapper: Path) -> Path:
    """Return where a module of one wrapper's module list lies, downloading it if need be."""
    run(["go", "mod", "download", module], wrapper)
    return Path(run(["go", "list", "-mod=readonly", "-m", "-f={{.Dir}}", module], wrapper).strip())
