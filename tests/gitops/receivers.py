"""Receivers of notices on the loopback: one answers as it is told, one never does."""

import json
import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, cast

from tests.support.loopback import answering

# What makes an address a secret.
SECRET = "T0SECRET/B0SECRET/a-secret-of-the-test"


@dataclass
class Receiver:
    """What came, and the answers that are given before 200: a status and headers."""

    first: list[tuple[int, Mapping[str, str]]] = field(
        default_factory=list[tuple[int, Mapping[str, str]]]
    )
    paths: list[str] = field(default_factory=list[str])
    keys: list[str] = field(default_factory=list[str])
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    address: str = ""
    lock: Lock = field(default_factory=Lock)


class Handler(BaseHTTPRequestHandler):
    """Answers for the receiver its server carries."""

    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        found = cast("Server", self.server).receiver
        with found.lock:
            found.paths.append(self.path)
            found.keys.append(self.headers.get("Idempotency-Key") or "")
            found.bodies.append(body)
            status, headers = found.first.pop(0) if found.first else (200, dict[str, str]())
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = _handle  # noqa: N815 (the library's names)


class Server(ThreadingHTTPServer):
    """A server that carries what it serves."""

    def __init__(self, found: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.receiver = found


@contextmanager
def receiver() -> Generator[Receiver]:
    """Give a running receiver."""
    found = Receiver()
    server = Server(found)
    with answering(server) as host:
        found.address = f"http://{host}/services/{SECRET}"
        yield found


@contextmanager
def hung(said: bytes = b"") -> Generator[str]:
    """Give the address of one that takes all, and says one text over and over, or nothing."""
    over = Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                taken, _ = server.accept()
                Thread(target=hold, args=(taken,), daemon=True).start()

    def hold(taken: socket.socket) -> None:
        with suppress(OSError), taken:
            while not over.wait(0.02):
                taken.sendall(said)

    Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/services/{SECRET}"
    finally:
        over.set()
        server.close()
