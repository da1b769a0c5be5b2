"""Fetching one file by HTTP: whole, with its digest checked, or not at all."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from sandbox.errors import SandboxError
from sandbox.toolchain.place import DISK_FULL
from sandbox.toolchain.releases import Download
from sandbox.toolchain.tools import Platform, platform_of

ANSWER_SECONDS = 5
"""How long a list of digests may take to answer: it is small, and shows that there is a way."""

STALL_SECONDS = 30
"""How long a large file may stand still."""

_PIECE = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FetchError(SandboxError):
    """A file could not be fetched, or is not what its release says."""


def text(url: str) -> str:
    """Return a small text; raises FetchError soon when nothing answers."""
    with opened(url, ANSWER_SECONDS) as stream:
        return stream.read().decode()


def file(url: str, target: Path, sha256: str) -> None:
    """Write a file; raises FetchError unless every byte is as its digest says."""
    digest = hashlib.sha256()
    with opened(url, STALL_SECONDS) as stream, target.open("wb") as output:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            output.write(piece)
    if digest.hexdigest() != sha256:
        raise FetchError(
            f"{url} is cut short or changed: its digest is not the one of its release",
            "Try again, and look at a proxy in between if it stays so",
        )


@contextmanager
def opened(url: str, seconds: float) -> Generator[IO[bytes]]:
    """Open an address, and tell a failure of the network in a sentence."""
    request = Request(url, headers={"User-Agent": "localai-gitops-sandbox"})  # noqa: S310 (ours)
    try:
        with urlopen(request, timeout=seconds) as answer:  # noqa: S310 (the addresses are ours)
            check_redirect(url, answer.url)
            yield answer
    except HTTPError as error:
        raise unreachable(url, f"HTTP {error.code}") from error
    except HTTPException as error:
        raise unreachable(url, type(error).__name__) from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        reason = error.reason if isinstance(error, URLError) else error
        raise unreachable(url, str(reason) or type(error).__name__) from error


def check_redirect(asked: str, answered: str) -> None:
    """Raise FetchError when a secure address led to one that is not."""
    if urlsplit(asked).scheme == "https" != urlsplit(answered).scheme:
        raise unreachable(asked, "it leads to an address without encryption")


def unreachable(url: str, cause: str) -> FetchError:
    """Return the error for an address that does not give its file."""
    return FetchError(
        f"{urlsplit(url).hostname} does not give {url.rsplit('/', 1)[1]} ({cause})",
        "Check the network and HTTPS_PROXY",
    )


def digest_in(listing: str, name: str) -> str:
    """Return a file's SHA-256 from a list of digests; raises FetchError when it is not there.

    A list has `digest  name` lines, one digest alone, or is an answer of GitHub's API.
    """
    if listing.lstrip().startswith("{"):
        found = github_digest(listing, name)
    else:
        lines = [line.split() for line in listing.splitlines() if line.strip()]
        named = [line[0] for line in lines if line[1:] and line[-1].lstrip("*") == name]
        alone = [line[0] for line in lines if len(line) == 1 and len(lines) == 1]
        found = [*named, *alone, ""][0]
    if not _SHA256.fullmatch(found):
        raise FetchError(f"The release tells no digest of {name}", "Build the tool instead")
    return found


def github_digest(answer: str, name: str) -> str:
    """Return the digest that GitHub tells of a release's file, or nothing."""
    try:
        assets = cast("list[dict[str, Any]]", json.loads(answer).get("assets", []))
    except ValueError:
        return ""
    digests = {asset["name"]: str(asset.get("digest") or "") for asset in assets}
    return digests.get(name, "").removeprefix("sha256:")


def lay(downloads: Sequence[Download], folder: Path, platform: Platform) -> None:
    """Fetch every file of a release into `folder`; raises FetchError.

    All digests are read first, so that nothing large is fetched where the network ends early.
    """
    digests = [one.sha256 or digest_in(text(one.digests), one.name) for one in downloads]
    for one, sha256 in zip(downloads, digests, strict=True):
        fetched = folder / f".{one.name}"
        file(one.url, fetched, sha256)
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
