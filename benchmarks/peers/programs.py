"""The peers' own programs: built or installed once, at pinned versions, into the user's cache."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.peers.contest import MissingPeerError
from benchmarks.process import say
from sandbox.errors import SandboxError
from sandbox.toolchain.ensure import ensure


def built(module: str, version: str) -> Path:
    """Return the program of a Go module.

    Raises:
        MissingPeerError: it is not in the cache and cannot be built.
    """
    name = module.rpartition("/")[2]
    place = cache() / f"{name}-{version}"
    if not place.is_dir():
        say(f"building {name} {version}")
        environment = {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
        _made(place, ["go", "install", f"{module}@{version}"], "GOBIN", environment)
    return place / name


def installed(name: str, packages: Sequence[str]) -> Path:
    """Return the folder that some Python packages are installed into.

    Raises:
        MissingPeerError: they are not in the cache and cannot be installed.
    """
    place = cache() / "-".join([name, *(one.partition("==")[2] for one in packages)])
    if not place.is_dir():
        say(f"installing {' '.join(packages)}")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _made(place, [*pip, "--only-binary=:all:", *packages], "PIP_TARGET", {})
    return place


def kubectl() -> Path:
    """Return the sandbox's kubectl, built if need be.

    Raises:
        MissingPeerError: it cannot be had.
    """
    try:
        return Path(ensure(["kubernetes"]).program("kubectl"))
    except SandboxError as error:
        raise MissingPeerError(str(error)) from None


def cache() -> Path:
    """Return the folder for programs that can be had again (XDG base directories)."""
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    folder = (home if home.is_absolute() else Path.home() / ".cache") / "localai-gitops" / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _made(place: Path, command: Sequence[str], target: str, environment: Mapping[str, str]) -> None:
    """Run a command that fills a folder, and keep it only if it is filled."""
    work = Path(mkdtemp(dir=place.parent, prefix=".making-"))
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False,
            env={**os.environ, **environment, target: str(work)},
        )  # fmt: skip
    except FileNotFoundError:
        raise MissingPeerError(f"{command[0]} is not on PATH") from None
    if done.returncode:
        shutil.rmtree(work)
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise MissingPeerError(f"{' '.join(command)} failed: {last}")
    work.rename(place)
