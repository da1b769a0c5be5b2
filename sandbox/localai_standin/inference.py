"""One inference request: which model it means, what the engine is sent, what it answers."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from sandbox.localai_standin.model_list import Entry, mapping

PATHS = frozenset(
    f"{prefix}/{name}"
    for prefix in ("", "/v1")
    for name in ("chat/completions", "completions", "embeddings")
)


class UnknownModelError(LookupError):
    """No entry of the list has the name that a client sent."""


def resolve(entries: Mapping[str, Entry], name: str) -> Entry:
    """Return the model that a name means, through one alias.

    Raises:
        UnknownModelError: the list has no such name.
    """
    if name not in entries:
        raise UnknownModelError(f"model {name!r} not found")
    found = entries[name]
    return entries[found.alias] if found.alias else found


def request_body(entry: Entry, asked: Mapping[str, object]) -> bytes:
    """Return what the engine is sent: the model's defaults, overruled by what the client asked."""
    return json.dumps({**entry.sampling, **asked, "model": entry.name}).encode()


@contextmanager
def forwarded(address: str, path: str, body: bytes) -> Generator[HTTPResponse]:
    """Give the engine's answer to a request, open until the end of the block."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    try:
        versioned = path if path.startswith("/v1/") else f"/v1{path}"
        connection.request("POST", versioned, body, {"Content-Type": "application/json"})
        yield connection.getresponse()
    finally:
        connection.close()


def usage_in(lines: Iterable[bytes]) -> dict[str, object] | None:
    """Return the token counts in an answer, whole or streamed, or None when it has none."""
    found: dict[str, object] = {}
    for line in lines:
        text = line.removeprefix(b"data: ").strip()
        if b'"usage"' in text:
            found = usage_of(text) or found
    return found or None


def usage_of(text: bytes) -> dict[str, object]:
    """Return the token counts in one JSON object; nothing where it is none or has none."""
    try:
        loaded: object = json.loads(text)
    except ValueError:
        return {}
    return mapping(mapping(loaded).get("usage"))
