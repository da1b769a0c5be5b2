"""Asks one service for streams, many at once, and notes when each piece of an answer came.

Needs the extra `accept`: aiohttp, whose parser of HTTP is compiled, reads several times as many
streams on a core as httpcore does.
"""

import asyncio
import os
import resource
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

import aiohttp

from gitops.adapters.service import Asked, Streamed
from proof.request import MOST_BYTES, Answer, Reason, Silence

_MARK, _SHORTEST = b"REDACTED", 6
# A server may close a connection just when it is used again, so none is kept for long.
_KEPT_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class _Service:
    """One service that is being asked; its key is in no answer, whatever it sends back."""

    url: str
    session: aiohttp.ClientSession
    headers: Mapping[str, str] = field(repr=False)
    key: bytes = field(repr=False)

    async def ask(self, asked: Asked, seconds: float) -> Streamed | Silence:
        """Return the streamed answer to what is posted; a redirect is one, and is not followed."""
        url = f"{self.url}{asked.path}"
        try:
            async with asyncio.timeout(seconds):
                return await self._sent(url, asked)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return _silence(url, error)

    async def _sent(self, url: str, asked: Asked) -> Streamed | Silence:
        clock = asyncio.get_running_loop().time
        headers = {**self.headers, "Content-Type": asked.content_type}
        content, pieces, began = bytearray(), list[tuple[float, int]](), clock()
        async with self.session.post(
            url, data=asked.body, headers=headers, allow_redirects=False
        ) as answer:
            async for piece in answer.content.iter_any():
                content += piece
                pieces.append((clock(), len(content)))
                if len(content) > MOST_BYTES:
                    return Silence(url=url, reason=Reason.SIZE, text=str(MOST_BYTES))
        ended = clock()
        told = {name.lower(): self._kept(value.encode()).decode("utf-8", "replace")
                for name, value in reversed(list(answer.headers.items()))}  # fmt: skip
        return Streamed(
            answer=Answer(
                url=url, status=answer.status, headers=told, content=self._kept(bytes(content)),
                seconds=ended - began,
            ),
            pieces=tuple(pieces),
            ended=ended,
        )  # fmt: skip

    def _kept(self, text: bytes) -> bytes:
        # As long as the key, so that every byte stays where it came.
        if len(self.key) < _SHORTEST:
            return text
        return text.replace(self.key, bytes(islice(cycle(_MARK), len(self.key))))


@asynccontextmanager
async def streaming(
    url: str, key: str, tls: ssl.SSLContext
) -> AsyncGenerator[Callable[[Asked, float], Awaitable[Streamed | Silence]]]:
    """Give what asks a service for streams, over as many connections as there are streams.

    A proxy of the environment is not looked at: it would see the key.
    """
    _many_files()
    # Zipped, a few bytes could become too many.
    headers = {"User-Agent": "localai-gitops", "Accept-Encoding": "identity"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls, keepalive_timeout=_KEPT_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    ) as session:
        yield _Service(url=url, session=session, headers=headers, key=key.encode()).ask


def _many_files() -> None:
    """Let this process have as many connections as it may have: the usual limit is 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _silence(url: str, error: Exception) -> Silence:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        found = error.certificate_error
        text = getattr(found, "verify_message", "") or type(found).__name__
        return Silence(url=url, reason=Reason.CERTIFICATE, text=text)
    if isinstance(error, TimeoutError):
        return Silence(url=url, reason=Reason.TIME, text=type(error).__name__)
    if isinstance(error, aiohttp.ClientConnectorError):
        number, words = error.os_error.errno or 0, error.os_error.strerror
        text = os.strerror(number) if number > 0 else words or type(error.os_error).__name__
        return Silence(url=url, reason=Reason.CONNECTION, text=text)
    # Only the names of errors: a text may quote what was sent.
    reason = Reason.CONNECTION if isinstance(error, OSError) else Reason.PROTOCOL
    return Silence(url=url, reason=reason, text=type(error).__name__)
