"""An engine whose weights say how it behaves, and whose answers follow from the question.

The weights are a JSON object: `fails` ends it before it has loaded, `stubborn` makes it ignore
being told to end. A question with `too long` is refused as llama.cpp does; one with `slow` is
answered with a word every tenth of a second, for as many seconds as `max_tokens` says.
"""

import json
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "object": "chat.completion",
        "model": "engine",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": " Paris"},
            }
        ],
        "usage": USAGE,
    },
    "/v1/completions": {
        "object": "text_completion",
        "model": "engine",
        "choices": [{"index": 0, "text": " Paris", "finish_reason": "stop"}],
        "usage": USAGE,
    },
    "/v1/embeddings": {
        "object": "list",
        "model": "engine",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.25] * 256}],
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    },
    "/v1/rerank": {
        "model": "engine",
        "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}],
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
    },
    "/v1/messages": {
        "type": "message",
        "role": "assistant",
        "model": "engine",
        "content": [{"type": "text", "text": " Paris"}],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    "/v1/responses": {
        "object": "response",
        "model": "engine",
        "output": [],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    "/tokenize": {"tokens": [1, 2, 3]},
    "/v1/images/generations": {"created": 1, "data": [{"b64_json": ""}]},
    "/v1/audio/transcriptions": {"text": "hello"},
}


class Engine(BaseHTTPRequestHandler):
    """Answers what the stand-in asks for one model."""

    protocol_version = "HTTP/1.1"
    order: dict[str, Any]

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        is_json = self.headers.get("Content-Type") == "application/json"
        asked: dict[str, Any] = json.loads(sent) if is_json else {}
        if b"too long" in sent:
            self.refuse(400, "the request exceeds the available context size")
        elif self.path == "/v1/embeddings" and not self.order["embeddings"]:
            self.refuse(501, "This server does not support embeddings")
        elif self.path == "/v1/rerank" and "rerank" not in self.order["name"]:
            self.refuse(501, "This server does not support reranking")
        elif asked.get("stream"):
            self.stream(asked)
        else:
            if b"slow" in sent:
                time.sleep(asked["max_tokens"])
            self.reply(200, {**ANSWERS[self.path], "sent": asked})

    def stream(self, asked: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        slow = "slow" in json.dumps(asked)
        pace, began = 0.1 if slow else 0.0, time.monotonic()
        for turn in range(10 * asked["max_tokens"] if slow else 2):
            self.event({"choices": [{"index": 0, "delta": {"content": f" word-{turn}"}}]})
            time.sleep(max(0.0, began + pace * (turn + 1) - time.monotonic()))
        self.event({"choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, document: dict[str, Any]) -> None:
        chunk = {"object": "chat.completion.chunk", "model": "engine", **document}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def refuse(self, status: int, message: str) -> None:
        self.reply(status, {"error": {"code": status, "message": message}})

    def reply(self, status: int, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Listener(ThreadingHTTPServer):
    """A listener that takes many connections at once; by itself it would refuse the sixth."""

    request_queue_size = 128


def main() -> None:
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    order: dict[str, Any] = json.loads(sys.argv[1])
    with Path(order["path"]).open("rb") as file:
        weights = file.read(1000)
    # Real weights say nothing of this kind.
    behavior: dict[str, Any] = json.loads(weights) if weights.startswith(b"{") else {}
    if behavior.get("fails"):
        sys.exit(3)
    with Listener(("127.0.0.1", 0), type("Ordered", (Engine,), {"order": order})) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        while signal.sigwait(signals) and behavior.get("stubborn"):
            pass


def install(folder: Path, name: str) -> Path:
    """Write this engine into its folder under `folder` and return what runs it."""
    program = folder / name / "run.sh"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {__file__} "$@"\n')
    program.chmod(0o755)
    return program


if __name__ == "__main__":
    main()
