"""Asks one service over HTTP: bounded in time and bytes, with its key, and no other place."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import httpcore2

from gitops.adapters.head import silence
from proof.request import MOST_BYTES, Answer, Reason, Silence, redacted

# A server may close a connection just when it is used again, so none is kept for long.
_KEPT_SECONDS = 2.0


class Asked(Protocol):
    """A GET of a path, or a POST where there is a body."""

    @property
    def path(self) -> str:
        """Return the path below the address of the service."""
        ...

    @property
    def body(self) -> bytes | None:
        """Return what is posted."""
        ...

    @property
    def content_type(self) -> str:
        """Return the type of the body."""
        ...


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """An answer, and how it came: when each piece was there, and how many bytes there were then.

    Times are of the clock of the running loop, in seconds; `ended` is when the last byte was there.
    """

    answer: Answer
    pieces: tuple[tuple[float, int], ...]
    ended: float


@dataclass(frozen=True, kw_only=True)
class _Service:
    """One service that is being asked; its key is in no answer, whatever it sends back."""

    url: str
    pool: httpcore2.AsyncConnectionPool
    key: str = field(repr=False)

    async def ask(self, asked: Asked, seconds: float) -> Answer | Silence:
        """Return the answer to a request; a redirect is one, and is not followed."""
        url = f"{self.url}{asked.path}"
        try:
            async with asyncio.timeout(seconds):
                return await self._sent(url, asked)
        except (httpcore2.ConnectError, TimeoutError, httpcore2.TimeoutException,
                httpcore2.NetworkError, httpcore2.ProtocolError, ValueError) as error:  # fmt: skip
            return silence(url, error)

    async def _sent(self, url: str, asked: Asked) -> Answer | Silence:
        method = "GET" if asked.body is None else "POST"
        content, began = bytearray(), time.monotonic()
        async with self.pool.stream(
            method, url, headers=self._headers(asked), content=asked.body
        ) as answer:
            headers = {
                name.decode("latin-1").lower(): redacted(value, self.key).decode("latin-1")
                for name, value in reversed(answer.headers)
            }
            async for chunk in answer.aiter_stream():
                content += chunk
                if len(content) > MOST_BYTES:
                    return Silence(url=url, reason=Reason.SIZE, text=str(MOST_BYTES))
        return Answer(
            url=url,
            status=answer.status,
            headers=headers,
            content=redacted(bytes(content), self.key),
            seconds=time.monotonic() - began,
        )

    def _headers(self, asked: Asked) -> list[tuple[str, str]]:
        # Zipped, a few bytes could become too many.
        headers = [("User-Agent", "localai-gitops"), ("Accept-Encoding", "identity")]
        if asked.body is not None:
            headers.append(("Content-Type", asked.content_type))
        return [*headers, ("Authorization", f"Bearer {self.key}")] if self.key else headers


@asynccontextmanager
async def opened(
    url: str, key: str, tls: ssl.SSLContext, at_once: int
) -> AsyncGenerator[Callable[[Asked, float], Awaitable[Answer | Silence]]]:
    """Give what asks a service at an address, over at most so many connections at once.

    A proxy of the environment is not looked at: it would see the key.
    """
    async with httpcore2.AsyncConnectionPool(
        ssl_context=tls, max_connections=at_once, keepalive_expiry=_KEPT_SECONDS
    ) as pool:
        yield _Service(url=url, pool=pool, key=key).ask
