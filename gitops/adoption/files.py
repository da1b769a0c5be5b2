"""The files of a model: their addresses, in each form that LocalAI takes, digests and sizes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from documents.validation import problems
from gitops.adoption.given import Fact, Given
from gitops.adoption.remark import Remark, lost, unknown
from gitops.adoption.running import mapping, mappings
from models.definition import Role
from models.weights import Weights

_HUB = re.compile(r"(?:huggingface://|hf://|(?:https?://)?hf\.co/|huggingface\.co/)(.*)")
_GITHUB = re.compile(r"github:(?://)?([^/]+)/([^/@]+)/(.+)")
_SCHEME = re.compile(r"([a-z0-9]+):/?/?")
# Queries that only say how to answer, of hosts that answer the same without.
_HARMLESS = {"huggingface.co": ("download=true",)}


class UnfetchableError(ValueError):
    """An address that no download of ours takes; the text says why, without the address."""


def is_address(text: str) -> bool:
    """Return whether a text is an address rather than a file name."""
    return bool(_HUB.match(text) or _SCHEME.match(text))


def https_address(text: str) -> str:
    """Return the https address of a file that LocalAI knows by any of its forms.

    Raises:
        UnfetchableError: it is of another kind, or carries what may be a password.
    """
    if found := _HUB.fullmatch(text):
        return _hub(found[1])
    if found := _GITHUB.fullmatch(text):
        path, _, branch = found[3].partition("@")
        owner, repository = found[1], found[2]
        return f"https://raw.githubusercontent.com/{owner}/{repository}/{branch or 'main'}/{path}"
    return _plain(text)


def _hub(rest: str) -> str:
    path, _, revision = rest.partition("@")
    steps = path.split("/")
    if len(steps) < 2 or not all(steps[:2]):
        named = "names an owner, but no repository" if steps[0] else "names no repository"
        raise UnfetchableError(named)
    if len(steps) < 3:
        raise UnfetchableError("names a repository, not a file in it")
    if steps[2] in ("resolve", "blob"):
        return f"https://huggingface.co/{'/'.join([*steps[:2], 'resolve', *steps[3:]])}"
    owner, repository, *file = steps
    at = f"resolve/{revision or 'main'}"
    return f"https://huggingface.co/{owner}/{repository}/{at}/{'/'.join(file)}"


def _plain(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise UnfetchableError("is not an address") from None
    if not parts.scheme:
        raise UnfetchableError("has no scheme")
    if parts.scheme != "https":
        raise UnfetchableError(f"uses {parts.scheme}:, and only https is fetched")
    if parts.username or parts.password:
        raise UnfetchableError("carries a user name or a password")
    if parts.query and parts.query not in _HARMLESS.get(parts.netloc, ()):
        raise UnfetchableError("carries a query, which may be a password")
    return f"https://{parts.netloc}{parts.path}"


_MAIN = "weights"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file: its role, its path below the models folder, what is known, and what is not."""

    role: str
    path: str
    keys: Mapping[str, Any]
    missing: tuple[str, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, kw_only=True)
class ModelFiles:
    """The files of a model, the weights first, and remarks on those that no key names."""

    files: tuple[ModelFile, ...]
    remarks: tuple[Remark, ...]


def model_files(
    subject: str, keys: Mapping[str, Any], options: Mapping[Role, str], given: Given
) -> ModelFiles:
    """Return the files that an entry names, by its keys and by the options of its engine."""
    downloads = {str(one.get("filename", "")): one for one in mappings(keys.get("download_files"))}
    paths: dict[str, str] = {_MAIN: str(mapping(keys.get("parameters")).get("model") or "")}
    paths[Role.MMPROJ] = str(keys.get("mmproj") or "")
    paths[Role.DRAFT] = str(keys.get("draft_model") or "")
    paths |= {role.value: path for role, path in options.items()}
    named = {role: path for role, path in paths.items() if path}
    files = tuple(_file(subject, role, path, downloads, given) for role, path in named.items())
    unused = set(downloads) - {file.path for file in files}
    idle = (
        lost(f"{subject}, download_files", f"{name} is named by no key of ours")
        for name in sorted(unused)
    )
    return ModelFiles(files=files, remarks=tuple(idle))


def _file(
    subject: str, role: str, path: str, downloads: Mapping[str, Mapping[str, Any]], given: Given
) -> ModelFile:
    download = downloads.get(path, {})
    address = str(download.get("uri") or (path if is_address(path) else ""))
    path = path.partition("@")[0].rpartition("/")[2] if is_address(path) else path
    name = path.rpartition("/")[2]
    url, refusals = _url(address or given.fetched.get(name, ""))
    fact = given.facts.get(path, Fact())
    known = {
        "url": url,
        "file": re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip("._-"),
        "sha256": _digest(str(download.get("sha256") or "")) or fact.sha256,
        "size": fact.length,
    }
    found = {key: value for key, value in known.items() if value is not None}
    missing = tuple(key for key in known if key not in found)
    place = f"{subject}, {'file' if role == _MAIN else role} {path}"
    remarks = (*_refused(place, refusals), *_invalid(place, found), *_missing(place, missing))
    return ModelFile(role=role, path=path, keys=found, missing=missing, remarks=remarks)


def _url(address: str) -> tuple[str | None, str]:
    if not address:
        return None, ""
    try:
        return https_address(address), ""
    except UnfetchableError as error:
        return None, str(error)


def _digest(text: str) -> str | None:
    found = text.strip().lower().removeprefix("sha256:")
    return found if _DIGEST.fullmatch(found) else None


def _refused(place: str, reason: str) -> Iterator[Remark]:
    if reason:
        yield lost(place, f"its address {reason}", "give an https address of the same bytes")


def _missing(place: str, missing: tuple[str, ...]) -> Iterator[Remark]:
    if "url" in missing:
        yield unknown(place, "no address", "give an https address of the same bytes")
    if {"sha256", "size"} & set(missing):
        what = " and ".join({"sha256": "digest", "size": "size"}[key] for key in missing[-2:]
                            if key in ("sha256", "size"))  # fmt: skip
        yield unknown(place, f"no {what}", "run the command of step 1")


def _invalid(place: str, found: Mapping[str, Any]) -> Iterator[Remark]:
    """Yield what the known facts break, the others taken to be right."""
    stand_in = {"url": f"https://a/{found['file']}", "sha256": "0" * 64, "size": 1}
    try:
        Weights.model_validate({**stand_in, **found})
    except ValidationError as error:
        for one in problems(error, Weights):
            yield lost(f"{place}, {one.path[0] if one.path else 'url'}", one.cause, one.cure)
