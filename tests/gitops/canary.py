"""A listener on the loopback that nobody may reach, and dials that would lead there."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread


@dataclass
class Canary:
    """Where it listens, and how many connections came."""

    address: tuple[str, int] = ("", 0)
    contacts: list[str] = field(default_factory=list[str])


@contextmanager
def canary() -> Generator[Canary]:
    """Give a running canary; once it is left, every connection has been counted."""
    known = Canary()
    with socket.create_server(("127.0.0.1", 0)) as server:
        known.address = server.getsockname()

        def listen() -> None:
            while True:
                connection, peer = server.accept()
                with connection:
                    if connection.recv(1) == b"\0":
                        return
                    known.contacts.append(str(peer))

        thread = Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield known
        finally:
            with socket.create_connection(known.address) as last:
                last.sendall(b"\0")
            thread.join(10)
