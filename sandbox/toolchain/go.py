"""The Go compiler as a process: its version, a build, a module's folder, and its errors."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.toolchain.tools import ModuleFile, Platform, Tool

WRAPPERS = Path(__file__).parent
"""The folder that holds one Go module a tool."""

RECORDS = 2
"""Which kind of record an entry has; raised when older entries cannot be trusted."""

TAGS = "osusergo,grpcnotrace"
ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
"""What every build sets, so that a person's own Go settings cannot change the result."""


def link_flags(tool: Tool) -> str:
    """Return the linker flags: no debug tables, and the version stamps."""
    stamps = [f"-X {name}={value}" for name, value in tool.stamps]
    return " ".join(["-s -w", *stamps])


def build_command(tool: Tool, output: Path) -> list[str]:
    """Return the `go build` command line that writes one tool's program to `output`."""
    return [
        "go",
        "build",
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        f"-tags={','.join([TAGS, *tool.tags])}",
        f"-ldflags={link_flags(tool)}",
        f"-o={output}",
        tool.package,
    ]


def environment(tool: Tool) -> dict[str, str]:
    """Return what the build of a tool sets."""
    return {**ENVIRONMENT, "CGO_ENABLED": "1"} if tool.c else ENVIRONMENT


def wrapper_files(tool: Tool, root: Path = WRAPPERS) -> list[Path]:
    """Return the files of every wrapper module that this tool is made from, sorted."""
    folders = {tool.wrapper, *(file.wrapper for file in tool.files)}
    return sorted(path for folder in folders for path in (root / folder).iterdir())


def cache_key(tool: Tool, platform: Platform, root: Path = WRAPPERS) -> str:
    """Return 16 hex digits over the wrapper's files, the recipe and the platform.

    The Go version is no part of it, so that what is built stays usable when Go goes.
    """
    digest = hashlib.sha256()
    for path in wrapper_files(tool, root):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    command, settings = build_command(tool, Path("output")), environment(tool)
    recipe = (RECORDS, command, settings, tool.files, tool.programs)
    digest.update(repr((recipe, platform)).encode())
    return digest.hexdigest()[:16]


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


def run(argv: Sequence[str], folder: Path, settings: Mapping[str, str] = ENVIRONMENT) -> str:
    """Return a Go command's standard output; raises GoError with the cure when it fails."""
    try:
        done = subprocess.run(
            argv, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
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


def assemble(tool: Tool, folder: Path) -> None:
    """Compile a tool and lay its programs and side files into `folder`; raises GoError."""
    check_version(version())
    programs = folder / "bin"
    programs.mkdir()
    binary, *others = (programs / name for name in tool.programs)
    run(build_command(tool, binary), WRAPPERS / tool.wrapper, environment(tool))
    for other in others:
        other.symlink_to(binary.name)
    for file in tool.files:
        copy(file, folder)


def copy(file: ModuleFile, folder: Path) -> None:
    """Copy a side file or folder out of its module, so that the module cache may go."""
    source = module_folder(file.module, WRAPPERS / file.wrapper) / file.path
    target = folder / file.target
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        # Those of the module cache cannot be written, and so not be removed.
        shutil.copytree(source, target, copy_function=shutil.copyfile)
        for path in (target, *target.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return
    shutil.copyfile(source, target)
    target.chmod(0o755 if file.executable else 0o644)
