"""Laying an official release out as a tool's folder."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path

from sandbox.toolchain import fetch
from sandbox.toolchain.fetch import FetchError
from sandbox.toolchain.platforms import Platform, platform_of
from sandbox.toolchain.releases import Download


def lay(downloads: Sequence[Download], folder: Path, platform: Platform) -> None:
    """Fetch every file of a release into `folder`; raises FetchError.

    All digests are read first, so that nothing large is fetched where the network ends early.
    """
    digests = [
        one.sha256 or fetch.digest_in(fetch.text(one.digests), one.name) for one in downloads
    ]
    for one, sha256 in zip(downloads, digests, strict=True):
        fetched = folder / f".{one.name}"
        fetch.file(one.url, fetched, sha256)
        unpack(one, fetched, folder)
        fetched.unlink(missing_ok=True)
    for program in sorted((folder / "bin").iterdir()):
        check_platform(program, platform)


def unpack(download: Download, fetched: Path, folder: Path) -> None:
    """Put the members of one fetched file into their places, programs executable."""
    for member in download.members:
        target = folder / member.target
        target.parent.mkdir(parents=True, exist_ok=True)
        if member.path:
            extract(fetched, member.path, target)
        else:
            fetched.rename(target)
        target.chmod(0o755 if target.parent.name == "bin" else 0o644)


def extract(archive: Path, path: str, target: Path) -> None:
    """Write one file of an archive; raises FetchError when the archive does not have it."""
    try:
        with tarfile.open(archive, "r:gz") as files:
            source = files.extractfile(path)
            if source is None:
                raise KeyError(path)
            with source, target.open("wb") as output:
                shutil.copyfileobj(source, output)
    except (KeyError, tarfile.TarError, EOFError) as error:
        raise FetchError(
            f"{archive.name.removeprefix('.')} does not hold {path}", "Build the tool instead"
        ) from error


def check_platform(program: Path, platform: Platform) -> None:
    """Raise FetchError when a program is for another machine."""
    found = platform_of(program)
    if found not in (None, platform):
        raise FetchError(
            f"The release's {program.name} is for {found}, and this machine is {platform}",
            "Build the tool instead",
        )
