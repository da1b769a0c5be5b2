"""Asking a server on this machine, and waiting for it."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


@dataclass(frozen=True, kw_only=True)
class Client:
    """Somebody who calls one port with one key; an empty key is none at all."""

    port: int
    key: str = ""

    def ask(self, path: str, body: object = None) -> tuple[int, str]:
        """Return status and text of the answer to a GET, or to a POST of a JSON body."""
        sent = None if body is None else json.dumps(body).encode()
        return self.send(path, sent, "application/json")

    def send(self, path: str, body: bytes | None, kind: str) -> tuple[int, str]:
        """Return status and text of the answer to a body of some type."""
        connection = HTTPConnection(HOST, self.port, timeout=60)
        headers = {"Content-Type": kind}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        connection.request("POST" if body is not None else "GET", path, body, headers)
        answer = connection.getresponse()
        status, text = answer.status, answer.read().decode()
        connection.close()
        return status, text

    def chat(self, model: str, question: str, **options: object) -> tuple[int, str]:
        """Return status and text of a chat answer."""
        messages = [{"role": "user", "content": question}]
        # A model that samples would answer now and then with other than its programmed words.
        body = {"model": model, "messages": messages, "temperature": 0, **options}
        return self.ask("/v1/chat/completions", body)

    def is_answered(self, path: str) -> bool:
        """Return whether a path is answered with 200."""
        try:
            return self.ask(path)[0] == 200
        except OSError:
            return False


def wait_until(met: Callable[[], bool], failure: Callable[[], str], seconds: float = 90) -> None:
    """Wait for a condition; raises AssertionError with what `failure` says."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, failure()
        time.sleep(0.2)
