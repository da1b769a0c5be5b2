"""A server on the loopback that answers as every kind of model, or misbehaves as a test says."""

import json
import re
import struct
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Lock, Thread
from typing import Any

KEY = "the-key-of-this-server"
_FIELD = re.compile(rb'name="model"\r\n\r\n([^\r\n]*)')
_METRIC = "localai_billed_requests_total"


@dataclass(kw_only=True)
class Served:
    """What a server is to answer, and what it was asked.

    `behaviors` are by path, or by the name that is asked for; one of a name comes first.
    """

    names: list[str]
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    dimensions: int = 1024
    version: str = "v4.9.0 (abc)"
    engines: Sequence[str] = ("llama-cpp", "stablediffusion-ggml", "whisper")
    key: str = KEY
    behaviors: dict[str, "Behavior"] = field(default_factory=dict[str, "Behavior"])
    asked: list[str] = field(default_factory=list[str])
    counted: Counter[str] = field(default_factory=Counter[str])
    lock: Lock = field(default_factory=Lock)
    together: Barrier | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    """Answers as a LocalAI server does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    served: Served

    def do_GET(self) -> None:
        self.answer("")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        found = _FIELD.search(body)
        name = found[1].decode() if found else json.loads(body)["model"]
        if self.served.together:
            self.served.together.wait(10)
        self.answer(name)

    def answer(self, name: str) -> None:
        with self.served.lock:
            self.served.asked.append(name or self.path)
        behaviors = self.served.behaviors
        behave = behaviors.get(name) or behaviors.get(self.path) or good
        if self.served.key and self.headers.get("Authorization") != f"Bearer {self.served.key}":
            behave = status(401, error("An authentication key is required"))
        behave(self, name)

    def count(self, name: str) -> None:
        with self.served.lock:
            self.served.counted[self.served.aliases.get(name, name)] += 1

    def reply(
        self, content: bytes, kind: str = "application/json", code: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.send_response(code)
        fields = {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}
        for each, value in fields.items():
            self.send_header(each, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


Behavior = Callable[[Handler, str], None]


def good(handler: Handler, name: str) -> None:
    """Answer as it should be."""
    if told := TOLD.get(handler.path):
        handler.reply(*told(handler.served))
    elif name not in handler.served.names:
        status(404, error(f"model {name} not found"))(handler, name)
    else:
        handler.count(name)
        kind, made = MADE[handler.path](handler.served, name)
        handler.reply(made, kind)


def _models(served: Served) -> tuple[bytes, str]:
    data = [{"id": name, "object": "model"} for name in served.names]
    return json.dumps({"object": "list", "data": data}).encode(), "application/json"


def _metrics(served: Served) -> tuple[bytes, str]:
    lines = [f'{_METRIC}{{endpoint="/v1",served_model="{name}",user="k"}} {count}\n'
             for name, count in served.counted.items()]  # fmt: skip
    return "".join(lines).encode(), "text/plain"


TOLD: Mapping[str, Callable[[Served], tuple[bytes, str]]] = {
    "/v1/models": _models,
    "/metrics": _metrics,
    "/system": lambda served: (as_json({"backends": served.engines}), "application/json"),
    "/version": lambda served: (json.dumps({"version": served.version}).encode(), "text/json"),
}


def events(name: str, *words: str, end: str | None = "stop", done: bool = True) -> bytes:
    """Return a streamed chat."""
    choices: list[dict[str, Any]] = [{"index": 0, "delta": {"content": word}} for word in words]
    choices += [{"index": 0, "delta": {}, "finish_reason": end}] if end else []
    chunks = [json.dumps({"model": name, "choices": [choice]}) for choice in choices]
    return "".join(f"data: {one}\n\n" for one in [*chunks, *(["[DONE]"] if done else [])]).encode()


def picture(*, side: int = 32, color: bytes | None = None) -> str:
    """Return a PNG in base64: of many colors, or of one."""
    rows = b"".join(
        b"\0" + (color * side if color else bytes((7 * x * y + c) % 256 for x in range(side)
                                                  for c in range(3)))
        for y in range(side)
    )  # fmt: skip
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
    return b64encode(made).decode()


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _embeddings(served: Served, name: str) -> tuple[str, bytes]:
    vectors = [[0.5, *[0.25] * (served.dimensions - 1)], [0.25] * served.dimensions]
    data = [{"index": index, "embedding": one} for index, one in enumerate(vectors)]
    return "application/json", as_json({"object": "list", "model": name, "data": data})


def _ranked(_: Served, name: str) -> tuple[str, bytes]:
    results = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]
    return "application/json", as_json({"model": name, "results": results})


def _drawn(_: Served, name: str) -> tuple[str, bytes]:
    del name
    return "application/json", as_json({"created": 1, "data": [{"b64_json": picture()}]})


def _heard(_: Served, name: str) -> tuple[str, bytes]:
    del name
    return "application/json", as_json({"text": ""})


MADE: Mapping[str, Callable[[Served, str], tuple[str, bytes]]] = {
    "/v1/chat/completions": lambda _, name: ("text/event-stream", events(name, " Par", "is")),
    "/v1/embeddings": _embeddings,
    "/v1/rerank": _ranked,
    "/v1/images/generations": _drawn,
    "/v1/audio/transcriptions": _heard,
}


def error(message: str) -> bytes:
    """Return an error in OpenAI's form."""
    return as_json({"error": {"code": 1, "message": message, "type": ""}})


def status(code: int, content: bytes = b"", **headers: str) -> Behavior:
    """Answer with a status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def behave(handler: Handler, _: str) -> None:
        handler.reply(content, code=code, headers=named)

    return behave


def says(content: bytes, kind: str = "application/json") -> Behavior:
    """Answer with these bytes, and 200."""

    def behave(handler: Handler, _: str) -> None:
        handler.reply(content, kind)

    return behave


def cut(content: bytes, missing: int = 100) -> Behavior:
    """Announce more bytes than come, and close the connection."""

    def behave(handler: Handler, _: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Content-Length", str(len(content) + missing))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    return behave


@contextmanager
def serving(served: Served, port: int = 0, handler: type[Handler] = Handler) -> Generator[Served]:
    """Run a server that answers so."""

    class Listener(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of a client that went away."""

    with Listener(("127.0.0.1", port), type("Bound", (handler,), {"served": served})) as server:
        served.port = server.server_port
        Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
        try:
            yield served
        finally:
            server.shutdown()
