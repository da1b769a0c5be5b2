"""A server in LocalAI's form on the loopback, whose chat models each take as long as told.

    python -m benchmarks.slow_service SECONDS NAME...

Says its port, and answers until it is ended.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seconds: float
    names: list[str]

    def do_GET(self) -> None:
        """Answer with the list of models, or with what the server is."""
        data = [{"id": name, "object": "model"} for name in self.names]
        known = {
            "/v1/models": {"object": "list", "data": data},
            "/version": {"version": "v4.9.0"},
            "/system": {"backends": ["llama-cpp"]},
        }
        self.reply(json.dumps(known[self.path]), "application/json")

    def do_POST(self) -> None:
        """Stream an answer after a while."""
        name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
        time.sleep(self.seconds)
        choice = {"index": 0, "delta": {"content": "Paris"}, "finish_reason": "stop"}
        event = json.dumps({"model": name, "choices": [choice]})
        self.reply(f"data: {event}\n\ndata: [DONE]\n\n", "text/event-stream")

    def reply(self, text: str, kind: str) -> None:
        """Send a whole answer."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Listener(ThreadingHTTPServer):
    """Takes all questions at once."""

    request_queue_size = 128


def main(seconds: str, names: list[str]) -> None:
    """Serve until the process is ended."""
    fields = {"seconds": float(seconds), "names": names}
    with Listener(("127.0.0.1", 0), type("Bound", (Handler,), fields)) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
