"""The stand-in inside the process of a test: real requests, an engine in a thread, no waiting."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from sandbox.localai_standin.__main__ import Listener, preload
from sandbox.localai_standin.handler import handler_for
from sandbox.localai_standin.loader import Engine, Limit, Loader
from sandbox.localai_standin.model_list import Entry, parse_list
from sandbox.localai_standin.service import Service
from tests.sandbox.localai_standin.fakes import FakeEngine, FakeStarter, FakeTime
from tests.sandbox.localai_standin.programmed import Engine as Programmed

KEY = "key"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, kw_only=True)
class Inside:
    """A running stand-in, its loader, what starts its engines, and the time it lives in."""

    port: int
    service: Service
    start: FakeStarter
    time: FakeTime

    def ask(self, path: str, body: object = None, **headers: str) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = body if body is None or isinstance(body, str) else json.dumps(body)
        typed = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers}
        connection.request("GET" if body is None else "POST", path, sent, typed)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Reply(status=answer.status, headers=dict(answer.getheaders()), text=text)

    def chat(self, model: str, question: str = "ping", **options: object) -> Reply:
        messages = [{"role": "user", "content": question}]
        body = {"model": model, "messages": messages, **options}
        return self.ask("/v1/chat/completions", body)


@dataclass(kw_only=True)
class Addressed:
    """A starter whose engines all answer at one address."""

    start: FakeStarter
    address: str
    engines: dict[str, FakeEngine] = field(default_factory=dict[str, FakeEngine])

    def __call__(self, entry: Entry) -> Engine:
        made = self.start(entry)
        made.address = self.address
        return made


def serve(server: HTTPServer) -> None:
    """Serve in a thread that looks often whether it is to end."""
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()


@contextmanager
def engine() -> Generator[str]:
    """Give the address of a programmed engine in a thread."""
    order: dict[str, Any] = {"name": "tiny", "embeddings": False}
    handler = type("Ordered", (Programmed,), {"order": order})
    with Listener(("127.0.0.1", 0), handler) as server:
        serve(server)
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def inside(
    listed: str, folder: Path, address: str, limit: Limit | None = None, ahead: tuple[str, ...] = ()
) -> Generator[Inside]:
    """Give a stand-in with this list, whose engines answer at an address."""
    start, time = FakeStarter(), FakeTime()
    loader = Loader(
        start=Addressed(start=start, address=address), limit=limit or Limit(), clock=time.clock
    )
    entries, _ = parse_list(listed)
    service = Service(
        entries=entries, models=folder, backends=folder, loader=loader, api_keys=frozenset({KEY})
    )
    assert preload(service, ahead) == ""
    with Listener(("127.0.0.1", 0), handler_for(service)) as server:
        serve(server)
        yield Inside(port=server.server_port, service=service, start=start, time=time)
        server.shutdown()
