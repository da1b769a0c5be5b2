"""Asks one server of the same cluster over HTTP: bounded in time and bytes, and no other place.

Nothing of the environment is looked at but the key, and no redirect is followed.
"""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from proof.request import MOST_BYTES, Answer, Reason, Request, Silence, redacted

_CHUNK = 1 << 16
# A Service without a ready pod refuses; where a node is gone, nothing answers at all.
_CONNECT_SECONDS = 10.0
_BUSY = (502, 503)


def _connections() -> "SimpleQueue[http.client.HTTPConnection]":
    return SimpleQueue()


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server that is asked; connections are kept, so that one asker meets one pod."""

    url: str
    key: str = field(repr=False)
    kept: "SimpleQueue[http.client.HTTPConnection]" = field(default_factory=_connections)

    def ask(self, asked: Request, seconds: float) -> Answer | Silence:
        """Return the answer to a request, or why there is none within so many seconds."""
        began = time.monotonic()
        try:
            connection = self._connection(min(seconds, _CONNECT_SECONDS))
        except OSError as error:
            return _silence(self.url, Reason.CONNECTION, error)
        late = threading.Event()
        # The library lets go of the socket where a server announces to close it.
        ending = threading.Timer(
            seconds - (time.monotonic() - began), _end, (connection.sock, late)
        )
        ending.start()
        try:
            found = self._answer(connection, asked, began)
            if late.is_set():
                raise TimeoutError
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            reason = Reason.TIME if late.is_set() else Reason.PROTOCOL
            return _silence(self.url, reason, error)
        finally:
            ending.cancel()
        if connection.sock:
            self.kept.put(connection)
        return found

    def close(self) -> None:
        """Close what is kept."""
        with suppress(Empty):
            while True:
                self.kept.get_nowait().close()

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        """Return a connection that is open: one that was kept, if its server has not closed it."""
        with suppress(Empty):
            while True:
                found = self.kept.get_nowait()
                if found.sock and not _is_closed(found.sock):
                    return found
                found.close()
        parts = urlsplit(self.url)
        made = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
        made.connect()
        made.sock.settimeout(None)
        return made

    def _answer(
        self, connection: http.client.HTTPConnection, asked: Request, began: float
    ) -> Answer | Silence:
        method = "GET" if asked.body is None else "POST"
        path = f"{urlsplit(self.url).path}{asked.path}"
        headers = {"User-Agent": "localai-gitops", "Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers |= {} if asked.body is None else {"Content-Type": asked.content_type}
        connection.request(method, path, asked.body, headers)
        with connection.getresponse() as answer:
            content = bytearray()
            while chunk := answer.read(_CHUNK):
                content += chunk
                if len(content) > MOST_BYTES:
                    connection.close()
                    return Silence(url=self.url, reason=Reason.SIZE, text=str(MOST_BYTES))
            # Read by parts, a body that ends too early is no error to the library.
            if answer.length:
                raise http.client.IncompleteRead(b"", answer.length)
            return Answer(
                url=self.url,
                status=answer.status,
                headers={
                    name.lower(): _text(value, self.key) for name, value in answer.getheaders()
                },
                content=redacted(bytes(content), self.key),
                seconds=time.monotonic() - began,
            )


def _text(value: str, key: str) -> str:
    return redacted(value.encode("latin-1", "replace"), key).decode("latin-1")


def _end(opened: socket.socket, late: threading.Event) -> None:
    """End whatever is read, however slowly it arrives."""
    late.set()
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def _is_closed(kept: socket.socket) -> bool:
    """Return whether a server has closed a connection, or says something unasked."""
    kept.setblocking(False)
    try:
        kept.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        kept.setblocking(True)
    return True


def _silence(url: str, reason: Reason, error: Exception) -> Silence:
    words = error.strerror if isinstance(error, OSError) and error.strerror else ""
    return Silence(url=url, reason=reason, text=words or type(error).__name__)


@asynccontextmanager
async def opened(
    url: str, key: str, patience: float
) -> AsyncGenerator[Callable[[Request, float], Awaitable[Answer | Silence]]]:
    """Give what asks a server; one that cannot be reached yet is asked again for so many seconds.

    A rollout may just end, or a pod start again. What a server answers is final.
    """
    server = Server(url=url, key=key)
    until = time.monotonic() + patience

    async def ask(asked: Request, seconds: float) -> Answer | Silence:
        while True:
            found = await asyncio.to_thread(server.ask, asked, seconds)
            if not _may_pass(found) or time.monotonic() >= until:
                return found
            await asyncio.sleep(min(1.0, patience / 10))

    try:
        yield ask
    finally:
        server.close()


def _may_pass(found: Answer | Silence) -> bool:
    if isinstance(found, Silence):
        return found.reason is Reason.CONNECTION
    return found.status in _BUSY and "retry-after" not in found.headers
