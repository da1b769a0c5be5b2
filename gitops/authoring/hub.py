"""What a hub says of a repository: its license and its files, each with size and digest.

From huggingface_hub, hf_api.py `model_info(files_metadata=True)`: `GET /api/models/{owner}/{name}`
with `blobs=true` answers `sha`, `cardData` and `siblings`, of which those in LFS say `sha256`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from documents.foreign import foreign_json
from documents.problem import RefusedError
from gitops.adoption.files import https_address
from settings.access.downloads import HUB

_STEP = "[A-Za-z0-9][A-Za-z0-9._-]*"
_REPOSITORY = re.compile(
    rf"(?:huggingface://|hf://|(?:https://)?(?:huggingface\.co|hf\.co)/)({_STEP})/({_STEP})"
    r"(?:/tree/[^/]+)?/?"
)
_FILE = re.compile(rf"{re.escape(HUB)}/({_STEP})/({_STEP})/resolve/([^/]+)/(.+)")
_QUANTIZATION = re.compile(
    r"(?i)(?:^|[-._ ])((?:UD-)?(?:I?Q[0-9]+(?:_[0-9A-Z]+)*|BF16|F16|F32|MXFP4(?:_MOE)?|TQ[12]_0))"
    r"(?=[-._ ]|$)"
)
_PART = re.compile(r"-[0-9]{5}-of-[0-9]{5}\.gguf$")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
# The hub's word for a license, in lower case, and its SPDX identifier.
_SPDX = {
    one.lower(): one
    for one in (
        "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-SA-4.0",
        "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC0-1.0", "ISC", "Unlicense", "WTFPL",
    )
} | {"gpl-3.0": "GPL-3.0-only", "agpl-3.0": "AGPL-3.0-only"}  # fmt: skip


class UnreadableHubError(ValueError):
    """An answer that is not one of a hub; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A repository, and a file in it where the address names one."""

    owner: str
    name: str
    revision: str = "main"
    file: str = ""

    @property
    def question(self) -> str:
        """Return the address that tells of the repository."""
        return f"{HUB}/api/models/{self.owner}/{self.name}/revision/{self.revision}?blobs=true"


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """A file of weights: its path, its size in bytes, and its digest."""

    path: str
    size: int
    sha256: str

    @property
    def quantization(self) -> str:
        """Return how its weights are quantized, by its name; empty where that does not say."""
        found = _QUANTIZATION.findall(self.path.rpartition("/")[2].removesuffix(".gguf"))
        return found[-1].upper() if found else ""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """What a hub says of a repository; `split` are files in several parts, which no pool loads."""

    commit: str
    license: str
    files: tuple[HubFile, ...]
    split: int


def place(address: str) -> Place | None:
    """Return what an address means at the hub; None where it is of another host.

    Raises:
        UnfetchableError: it is no address of ours, or carries what may be a password.
    """
    if found := _REPOSITORY.fullmatch(address):
        return Place(owner=found[1], name=found[2])
    if found := _FILE.fullmatch(https_address(address).replace("/blob/", "/resolve/", 1)):
        return Place(owner=found[1], name=found[2], revision=found[3], file=found[4])
    return None


def repository(content: bytes) -> Repository:
    """Return what an answer says.

    Raises:
        UnreadableHubError: it is not one of a hub.
    """
    try:
        found: Any = foreign_json(content, name="its answer")
    except RefusedError as error:
        raise UnreadableHubError(f"its answer {error.problems[0].cause}") from None
    commit = found.get("sha") if isinstance(found, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise UnreadableHubError("its answer names no commit")
    answer = cast("Mapping[str, Any]", found)
    listed = [_mapping(one) for one in _list(answer.get("siblings"))]
    names = [str(one.get("rfilename", "")) for one in listed]
    return Repository(
        commit=commit,
        license=_license(_mapping(answer.get("cardData")), _list(answer.get("tags"))),
        files=tuple(_files(listed)),
        split=sum(1 for name in names if _PART.search(name)),
    )


def _files(listed: list[Mapping[str, Any]]) -> Iterator[HubFile]:
    for one in listed:
        path, large = str(one.get("rfilename", "")), _mapping(one.get("lfs"))
        size, digest = large.get("size"), large.get("sha256")
        name = path.rpartition("/")[2].lower()
        if (
            not name.endswith(".gguf")
            or _PART.search(name)
            or name.startswith(("mmproj", "imatrix"))
        ):
            continue
        if isinstance(size, int) and isinstance(digest, str) and _DIGEST.fullmatch(digest):
            yield HubFile(path=path, size=size, sha256=digest)


def _license(card: Mapping[str, Any], tags: list[Any]) -> str:
    """Return the SPDX identifier of a card's license, or one of our own; empty if none."""
    said = card.get("license")
    said = said[0] if isinstance(said, list) and said else said  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(said, str):
        named = [
            str(tag).removeprefix("license:") for tag in tags if str(tag).startswith("license:")
        ]
        said = named[0] if named else ""
    if said.lower() in ("other", "unknown", ""):
        name = card.get("license_name")
        said = name if isinstance(name, str) else ""
    known = _SPDX.get(said.lower())
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", said).strip("-")[:50]
    return known or (f"LicenseRef-{plain}" if plain else "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
