"""A server that answers every kind of request in LocalAI's form, and keeps what it was sent.

The stand-in runs llama.cpp alone, so the forms of images, recordings and rerankings are written
down here (core/schema/jina.go and core/schema/openai.go of LocalAI). Embeddings tell no counts.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.e2e.routing.loopback import HOST

ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "object": "chat.completion",
        "model": "m",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    },
    "/v1/rerank": {
        "model": "m",
        "usage": {"total_tokens": 9, "prompt_tokens": 9},
        "results": [
            {"index": 1, "document": {"text": "Paris"}, "relevance_score": 0.9},
            {"index": 0, "document": {"text": "Rome"}, "relevance_score": 0.1},
        ],
    },
    "/v1/images/generations": {
        "created": 1,
        "id": "i",
        "data": [{"embedding": None, "index": 0, "url": "http://h/generated-images/a.png"}],
    },
    "/v1/audio/transcriptions": {"text": "hello", "segments": []},
    "/v1/embeddings": {
        "object": "list",
        "model": "m",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.25, 0.5]}],
    },
}
# What the real server answered to a prompt that is longer than the context (core/http, v4.9.0).
LONGEST = 8192
_CONTEXT = "the request exceeds the available context size, try increasing it"
_BATCH = "input is too large to process. increase the physical batch size"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was sent: the path, the key, and the body."""

    path: str
    key: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class EveryKind:
    """A running server, and every POST it got."""

    port: int
    requests: list[Request] = field(default_factory=list[Request])


@contextmanager
def every_kind() -> Generator[EveryKind]:
    """Give a running server."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.reply(200, {"object": "list", "data": []})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            requests.append(Request(path=self.path, key=key, body=body))
            known = ANSWERS.get(self.path)
            if len(body.split()) > LONGEST:
                words = _CONTEXT if "chat" in self.path else _BATCH
                message = f"rpc error: code = Internal desc = {words}"
                return self.reply(500, {"error": {"code": 500, "message": message, "type": ""}})
            error = {"code": 404, "message": "Resource not found", "type": ""}
            return self.reply(200 if known else 404, known or {"error": error})

        def reply(self, status: int, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Correlation-ID", "of-this-answer")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield EveryKind(port=server.server_port, requests=requests)
        server.shutdown()
