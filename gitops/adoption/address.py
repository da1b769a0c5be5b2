"""Addresses of weights: the forms LocalAI takes, as the one form a model definition takes."""

import re
from urllib.parse import urlsplit

_HUB = re.compile(r"(?:huggingface://|hf://|(?:https?://)?hf\.co/|huggingface\.co/)(.+)")
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
    if len(steps) < 3:
        raise UnfetchableError("names a repository, not a file in it")
    if steps[2] in ("resolve", "blob"):
        return f"https://huggingface.co/{'/'.join([*steps[:2], 'resolve', *steps[3:]])}"
    owner, repository, *file = steps
    at = f"resolve/{revision or 'main'}"
    return f"https://huggingface.co/{owner}/{repository}/{at}/{'/'.join(file)}"


def _plain(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https":
        raise UnfetchableError(f"uses {_kind(text)}, and only https is fetched")
    if parts.username or parts.password:
        raise UnfetchableError("carries a user name or a password")
    if parts.query and parts.query not in _HARMLESS.get(parts.netloc, ()):
        raise UnfetchableError("carries a query, which may be a password")
    return f"https://{parts.netloc}{parts.path}"


def _kind(text: str) -> str:
    found = _SCHEME.match(text)
    return f"{found[1]}:" if found else "file name"
