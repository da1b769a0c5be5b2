"""Having one tool in the cache: as it lies there, downloaded, or built."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sandbox.toolchain.fetch import FetchError, lay
from sandbox.toolchain.go import GoError, assemble, cache_key
from sandbox.toolchain.place import Fill, Progress, discard, is_whole, place
from sandbox.toolchain.releases import Download, release
from sandbox.toolchain.tools import Platform, Tool, here

GIGABYTE = 1024**3
DOWNLOAD_SPACE = GIGABYTE
"""Bytes free before a download: twice the programs of Kubernetes, an estimate."""

BUILD_SPACE = 8 * GIGABYTE
"""Bytes free before a build, for the largest from nothing.

Kubernetes took 3.3 GB of build cache, as much again for temporary files until the build ended,
0.5 GB of modules and 0.1 GB for the result (du, Go 1.26.8 on linux/amd64).
"""


@dataclass(frozen=True, kw_only=True)
class Means:
    """How tools are had: for which machine, kept where, from which releases, built by what."""

    folder: Path
    platform: Platform
    release: Callable[[Tool, Platform], tuple[Download, ...]] = release
    assemble: Callable[[Tool, Path], None] = assemble

    def released(self, tool: Tool) -> Path:
        """Return where a tool's release is kept."""
        digest = hashlib.sha256(repr(self.release(tool, self.platform)).encode()).hexdigest()
        return self.folder / f"{tool.name}-release-{digest[:16]}"

    def built(self, tool: Tool) -> Path:
        """Return where a tool is kept that was built."""
        return self.folder / f"{tool.name}-{cache_key(tool, self.platform)}"


def means(environment: Mapping[str, str] | None = None) -> Means:
    """Return the means of this machine; the cache is where the XDG base directory rules say."""
    values = os.environ if environment is None else environment
    root = Path(values.get("XDG_CACHE_HOME", ""))
    # The rules say to ignore a path that is not absolute.
    root = root if root.is_absolute() else Path.home() / ".cache"
    return Means(folder=root / "localai-gitops" / "toolchain", platform=here())


def cached(tool: Tool, of: Means, progress: Progress, *, thorough: bool = False) -> Path:
    """Return the folder of one tool, making it when it is missing or damaged.

    Raises SandboxError when the tool can be neither downloaded nor built.
    """
    for entry in (of.released(tool), of.built(tool)):
        if is_whole(entry, thorough=thorough):
            progress(f"{tool.name} {tool.version}: cached\n")
            return entry
        if entry.exists():
            progress(f"{tool.name} {tool.version}: the cached copy is damaged\n")
            discard(tool.name, entry, thorough=thorough)
    return downloaded(tool, of, progress)


def downloaded(tool: Tool, of: Means, progress: Progress) -> Path:
    """Return the folder of a tool's release, or of its build where no release can be had."""
    downloads = of.release(tool, of.platform)
    if not downloads:
        return built(tool, of, progress, f"No release of {tool.name} is for {of.platform}")
    entry = of.released(tool)

    def fill(folder: Path) -> None:
        lay(downloads, folder, of.platform)

    progress(f"{tool.name} {tool.version}: downloading ... ")
    try:
        make(tool, entry, fill, DOWNLOAD_SPACE, progress)
    except FetchError as error:
        progress(f"{error.cause}\n")
        return built(tool, of, progress, error.cause)
    return entry


def built(tool: Tool, of: Means, progress: Progress, refusal: str) -> Path:
    """Return the folder of a tool's build; `refusal` says why no release was taken."""
    entry = of.built(tool)
    progress(f"{tool.name} {tool.version}: building, {tool.minutes:g} min the first time ... ")
    try:
        make(tool, entry, partial(of.assemble, tool), BUILD_SPACE, progress)
    except GoError as error:
        progress("failed\n")
        raise GoError(f"{refusal}. {error.cause}", error.cure) from error
    return entry


def make(tool: Tool, entry: Path, fill: Fill, space: int, progress: Progress) -> None:
    """Place an entry and tell how long it took."""
    start = time.monotonic()
    made = place(tool.name, entry, fill, space=space, progress=progress)
    word = "done" if made else "made by another run"
    progress(f"{word} in {time.monotonic() - start:.0f} s\n")
