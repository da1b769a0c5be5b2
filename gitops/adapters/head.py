"""Asks sources for the headers of files: HEAD, each hop judged, each connection pinned.

Bodies are asked for where a registry hands out a token in a small one, and for the start of a file.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol, TypeVar
from urllib.parse import urldefrag, urljoin

import httpcore2

from gitops.adapters.pinned import (
    Dial,
    Pinned,
    RefusedContactError,
    Resolve,
    UnknownNameError,
    dialed,
    resolved,
)
from proof.request import Answer, Reason, Silence

_SMALL_BYTES = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
# Compressed, a file's length would be told of the compressed bytes.
_ALWAYS = {"User-Agent": "localai-gitops", "Accept": "*/*", "Accept-Encoding": "identity"}


class Rules(Protocol):
    """What may be asked: each method but `headers` returns why not, and nothing where it may."""

    def address(self, url: str) -> str:
        """Judge an address before anything is resolved."""
        ...

    def contact(self, address: IPv4Address | IPv6Address, port: int) -> str:
        """Judge where a connection would go."""
        ...

    def headers(self, url: str) -> Mapping[str, str]:
        """Return further headers of a request."""
        ...

    def is_enough(self, headers: Mapping[str, str]) -> bool:
        """Return whether a redirect tells what is asked for, so that it need not be followed."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How sources are reached, how many at once, and how long each of them may take."""

    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    at_once: int = 32
    seconds: float = 30.0
    hops: int = 5
    resolve: Resolve = resolved
    dial: Dial = dialed


def heads(
    urls: Iterable[str], rules: Rules, reach: Reach, told: Callable[[], None] = lambda: None
) -> dict[str, Answer | Silence]:
    """Return the answer of each address; `told` is called after each.

    A proxy of the environment is not looked at, and no cookie is kept.
    """
    return asyncio.run(_all(list(dict.fromkeys(urls)), _followed, rules, reach, told))


def small_bodies(
    urls: Iterable[str], rules: Rules, reach: Reach
) -> dict[str, bytes | Answer | Silence]:
    """Return the first 64 KiB of what each address answers, or the answer that has none."""
    return asyncio.run(_all(list(dict.fromkeys(urls)), _body, rules, reach, lambda: None))


_Found = TypeVar("_Found")
_Pool = httpcore2.AsyncConnectionPool
# Asks for the last of some addresses; one that it is led to is added.
_Ask = Callable[[_Pool, list[str], Rules, Reach], Awaitable[_Found | Silence]]


def start(url: str, rules: Rules, reach: Reach, most: int) -> Answer | Silence:
    """Return an answer with at most so many bytes of its body; no more of it is read."""

    async def ask(pool: _Pool, here: list[str], rules: Rules, reach: Reach) -> Answer | Silence:
        return await _followed(pool, here, rules, reach, most)

    return asyncio.run(_all([url], ask, rules, reach, lambda: None))[url]


async def _all(
    urls: list[str], ask: _Ask[_Found], rules: Rules, reach: Reach, told: Callable[[], None]
) -> dict[str, _Found | Silence]:
    turn = asyncio.Semaphore(reach.at_once)
    async with httpcore2.AsyncConnectionPool(
        ssl_context=reach.tls,
        max_connections=reach.at_once,
        max_keepalive_connections=reach.at_once,
        network_backend=Pinned(rules.contact, reach.resolve, reach.dial),
    ) as pool:

        async def one(url: str) -> _Found | Silence:
            async with turn:
                found = await _one(pool, url, ask, rules, reach)
            told()
            return found

        return dict(zip(urls, await asyncio.gather(*map(one, urls)), strict=True))


async def _one(
    pool: _Pool, url: str, ask: _Ask[_Found], rules: Rules, reach: Reach
) -> _Found | Silence:
    here = [url]
    try:
        async with asyncio.timeout(reach.seconds):
            return await ask(pool, here, rules, reach)
    except (RefusedContactError, UnknownNameError, httpcore2.ConnectError, TimeoutError,
            httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError,
            httpcore2.UnsupportedProtocol, ValueError) as error:  # fmt: skip
        return silence(here[-1], error)


async def _body(
    pool: _Pool, here: list[str], rules: Rules, _reach: Reach
) -> bytes | Answer | Silence:
    if reason := rules.address(here[0]):
        return Silence(url=here[0], reason=Reason.REFUSED, text=reason)
    headers = {**_ALWAYS, **rules.headers(here[0])}
    found = bytearray()
    async with pool.stream("GET", here[0], headers=list(headers.items())) as answer:
        if answer.status != 200:
            return Answer(url=here[0], status=answer.status, headers={})
        async for chunk in answer.aiter_stream():
            found += chunk
            if len(found) > _SMALL_BYTES:
                break
    return bytes(found[:_SMALL_BYTES])


async def _followed(
    pool: _Pool, here: list[str], rules: Rules, reach: Reach, most: int = 0
) -> Answer | Silence:
    for _ in range(reach.hops + 1):
        reason = rules.address(here[-1])
        if reason:
            return Silence(url=here[-1], reason=Reason.REFUSED, text=reason)
        answer = await _asked(pool, here[-1], rules, most)
        location = answer.headers.get("location", "")
        told = not most and rules.is_enough(answer.headers)
        if answer.status not in _REDIRECTS or not location or told:
            return answer
        here.append(urldefrag(urljoin(here[-1], location)).url)
    return Silence(url=here[0], reason=Reason.HOPS, text=str(reach.hops))


async def _asked(pool: _Pool, url: str, rules: Rules, most: int) -> Answer:
    try:
        return await _sent(pool, url, rules, most)
    except (httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError):
        # A server may close a connection just when it is used again.
        return await _sent(pool, url, rules, most)


async def _sent(pool: _Pool, url: str, rules: Rules, most: int) -> Answer:
    headers = {**_ALWAYS, **rules.headers(url)}
    if most:
        headers["Range"] = f"bytes=0-{most - 1}"
    method = "GET" if most else "HEAD"
    async with pool.stream(method, url, headers=list(headers.items())) as answer:
        found = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in reversed(answer.headers)
        }
        content = bytearray()
        async for chunk in answer.aiter_stream() if most else _nothing():
            content += chunk
            if len(content) >= most:
                break
        return Answer(url=url, status=answer.status, headers=found, content=bytes(content[:most]))


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in ():
        yield chunk


def silence(url: str, error: Exception) -> Silence:
    """Return what an error says of an address that did not answer."""
    return Silence(url=url, reason=_reason(error), text=_text(error))


def _reason(error: Exception) -> Reason:
    kinds: Mapping[type[Exception], Reason] = {
        RefusedContactError: Reason.REFUSED,
        UnknownNameError: Reason.NAME,
        ssl.SSLCertVerificationError: Reason.CERTIFICATE,
        TimeoutError: Reason.TIME,
        httpcore2.TimeoutException: Reason.TIME,
        httpcore2.NetworkError: Reason.CONNECTION,
    }
    chain = list(_chain(error))
    found = (reason for kind, reason in kinds.items() for one in chain if isinstance(one, kind))
    return next(found, Reason.PROTOCOL)


def _text(error: Exception) -> str:
    # Only these speak of nothing but the connection; another's text may quote an address.
    for one in _chain(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return one.verify_message
        if isinstance(one, OSError) and one.strerror:
            return one.strerror
        if isinstance(one, RefusedContactError | UnknownNameError):
            return str(one)
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
