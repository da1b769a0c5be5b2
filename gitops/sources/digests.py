"""`digests lock`: which content the tags of a stack's images mean now, as their registries say.

A registry is asked for the headers of a manifest (OCI distribution specification 1.1), where it
wants one with an anonymous token (distribution's "Token Authentication Specification").
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from urllib.parse import urlencode, urlsplit

from documents.problem import Problem, RefusedError
from documents.reader import Document, read
from gitops.adapters.head import Answer, Reach, Silence, heads, small_bodies
from gitops.sources.rules import SourceRules
from gitops.sources.sources import unheard
from settings.access.registry import whole

# An index first: it covers every architecture, and so does its digest.
_ACCEPT = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'\b([a-z]+)="([^"]*)"')
_TOKEN = re.compile(r"[!-~]{1,16384}")
_HUB = "docker.io"
_KEY = "localai:digests"


@dataclass(frozen=True, kw_only=True)
class RegistryRules:
    """The rules of sources, with the types of manifests and the tokens of addresses."""

    sources: SourceRules
    tokens: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def address(self, url: str) -> str:
        """Return why an address may not be asked; nothing where it may."""
        return self.sources.address(url)

    def contact(self, address: IPv4Address | IPv6Address, port: int) -> str:
        """Return why a connection may not be made; nothing where it may."""
        return self.sources.contact(address, port)

    def headers(self, url: str) -> Mapping[str, str]:
        """Return what is accepted, and the token of exactly this address."""
        token = {"Authorization": f"Bearer {self.tokens[url]}"} if url in self.tokens else {}
        return {"Accept": ", ".join(_ACCEPT), **token}

    def is_enough(self, headers: Mapping[str, str]) -> bool:
        """Return that no redirect is followed: another host would get the token."""
        del headers
        return True


def manifest_url(reference: str) -> str:
    """Return where a registry tells about an image, named by `host/repository:tag`."""
    host, _, rest = whole(reference).partition("/")
    repository, _, tag = rest.rpartition(":")
    if host == _HUB:
        host, repository = "registry-1.docker.io", _of_the_hub(repository)
    return f"https://{host}/v2/{repository}/manifests/{tag}"


def _of_the_hub(repository: str) -> str:
    return repository if "/" in repository else f"library/{repository}"


def ask_digests(
    places: Mapping[str, str], sources: SourceRules, reach: Reach
) -> tuple[dict[str, str], list[Problem]]:
    """Return the digest of each image by its name, and what stood in the way of the others.

    `places` has each image by its name, with where it is pulled from.
    """
    urls = {name: manifest_url(place) for name, place in places.items()}
    answers = heads(urls.values(), RegistryRules(sources=sources), reach)
    tokens, failed = _tokens(answers, sources, reach)
    answers |= heads(tokens, RegistryRules(sources=sources, tokens=tokens), reach) | failed
    digests: dict[str, str] = {}
    problems: list[Problem] = []
    for name, url in urls.items():
        answer = answers[url]
        digest = _said(answer)
        if digest:
            digests[name] = digest
        else:
            cause, cure = _why(answer)
            problems.append(Problem(file=places[name], path=(), cause=cause, cure=cure))
    return digests, problems


def _said(answer: Answer | Silence) -> str:
    if isinstance(answer, Silence) or answer.status != 200:
        return ""
    digest = answer.headers.get("docker-content-digest", "")
    return digest if _DIGEST.fullmatch(digest) else ""


def _tokens(
    answers: Mapping[str, Answer | Silence], sources: SourceRules, reach: Reach
) -> tuple[dict[str, str], dict[str, Silence]]:
    """Return the tokens of addresses that want one, and why there is none for others."""
    wanted = {
        url: realm
        for url, answer in answers.items()
        if isinstance(answer, Answer) and answer.status == 401 and (realm := _realm(answer))
    }
    bodies = small_bodies(wanted.values(), RegistryRules(sources=sources), reach)
    found = {url: bodies[realm] for url, realm in wanted.items()}
    texts = {url: _token(body) for url, body in found.items() if isinstance(body, bytes)}
    silent = {url: body for url, body in found.items() if isinstance(body, Silence)}
    return {url: text for url, text in texts.items() if text}, silent


def _realm(answer: Answer) -> str:
    scheme, _, rest = answer.headers.get("www-authenticate", "").partition(" ")
    fields: dict[str, str] = dict(_CHALLENGE.findall(rest))
    realm = fields.pop("realm", "")
    if scheme.lower() != "bearer" or not realm:
        return ""
    asked = {key: fields[key] for key in ("service", "scope") if key in fields}
    # Whether it is an address at all is judged before it is asked.
    return f"{realm}{'&' if '?' in realm else '?'}{urlencode(asked)}"


def _token(body: bytes) -> str:
    try:
        found: Any = json.loads(body)
        text = str(found.get("token") or found.get("access_token") or "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return text if _TOKEN.fullmatch(text) else ""


def _why(answer: Answer | Silence) -> tuple[str, str]:
    if isinstance(answer, Silence):
        return unheard(answer)
    host = urlsplit(answer.url).hostname
    by_hand = "list its digest under `localai:digests` by hand"
    if answer.status in (401, 403):
        return f"{host} wants a login ({answer.status})", by_hand
    if answer.status == 404:
        return f"{host} has no such image", "check its name and its tag"
    if answer.status == 200:
        return f"{host} names no digest in SHA-256", by_hand
    return f"{host} does not show the image ({answer.status})", "try again later"


def with_digests(document: Document, text: str, digests: Mapping[str, str]) -> str:
    """Return a stack file that lists these digests and no others, all else as it is.

    Raises:
        RefusedError: it is written in a form in which lines cannot be added.
    """
    lines = text.splitlines(keepends=True)
    path = ("config", _KEY)
    old = document.value["config"]
    known: Any = old.get(_KEY, {}) if isinstance(old, dict) else {}
    if path in document.lines:
        start = document.lines[path] - 1
        new = [*lines[:start], *_entries(document, lines, start, known, digests)]
    else:
        start = _above_pools(document, lines)
        indent = re.match(" *", lines[document.line(("config", "localai:pools")) - 1])
        lead = indent[0] if indent else ""
        added = [f"{lead}  {name}: {digest}\n" for name, digest in sorted(digests.items())]
        new = [*lines[:start], f"{lead}{_KEY}:\n", *added, *lines[start:]]
    made = "".join(new)
    _same_but_for_digests(document, made, digests)
    return made


def _entries(
    document: Document, lines: list[str], start: int, known: Any, digests: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines from the key on: digests that changed, less those that are of no image."""
    at = {document.lines[("config", _KEY, name)] - 1: name for name in known}
    last = max(at, default=start)
    lead = re.match(" *", lines[last])
    yield lines[start]
    for number in range(start + 1, last + 1):
        name = at.get(number)
        if name is None:
            yield lines[number]
        elif name in digests:
            yield _DIGEST.sub(digests[name], lines[number])
    indent = lead[0] if lead and at else "    "
    for name in sorted(digests.keys() - known.keys()):
        yield f"{indent}{name}: {digests[name]}\n"
    yield from lines[last + 1 :]


def _above_pools(document: Document, lines: list[str]) -> int:
    start = document.line(("config", "localai:pools")) - 1
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start


def _same_but_for_digests(document: Document, text: str, digests: Mapping[str, str]) -> None:
    config: Any = document.value["config"]
    wanted = {**document.value, "config": {**config, _KEY: dict(digests)}}
    try:
        same = read(text.encode(), name=document.file).value == wanted
    except RefusedError:
        same = False
    if not same:
        cause, cure = "is written in a form that cannot be added to", "write a line for each digest"
        raise RefusedError([document.problem(("config", _KEY), cause, cure)])
