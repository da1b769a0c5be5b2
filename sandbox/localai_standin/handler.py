"""The HTTP side of the stand-in: LocalAI's routes, as far as the program relies on them."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from sandbox.localai_standin.inference import (
    PATHS,
    UnknownModelError,
    forwarded,
    request_body,
    resolve,
    usage_in,
)
from sandbox.localai_standin.loader import LoadError
from sandbox.localai_standin.model_list import Entry, mapping, text
from sandbox.localai_standin.service import PUBLIC, Service

JSON = "application/json"


def handler_for(service: Service) -> type[Handler]:
    """Return the handler class that answers for a service."""
    return type("ServiceHandler", (Handler,), {"service": service})


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    service: Service

    def do_GET(self) -> None:
        """Answer health, metrics and inventory."""
        self.measured()

    def do_POST(self) -> None:
        """Answer an inference."""
        self.measured()

    @property
    def route(self) -> str:
        """The path without its query."""
        return urlsplit(self.path).path

    def measured(self) -> None:
        """Answer the request and count how long it took."""
        began = time.monotonic()
        sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if not self.service.allows(self.route, self.headers.get("Authorization", "")):
            self.refuse(HTTPStatus.UNAUTHORIZED, "An authentication key is required")
        elif self.command == "GET":
            self.get()
        elif self.route in PATHS:
            self.infer(sent)
        else:
            self.refuse(HTTPStatus.NOT_FOUND, "no such route")
        self.service.metrics.observe(self.command, self.route, time.monotonic() - began)

    def get(self) -> None:
        """Answer a route that only tells."""
        document = self.service.document(self.route)
        if self.route in PUBLIC:
            self.reply(HTTPStatus.OK, "text/plain", b"OK")
        elif self.route == "/metrics":
            shown = self.service.metrics.text().encode()
            self.reply(HTTPStatus.OK, "text/plain; version=0.0.4", shown)
        elif document is not None:
            self.reply(HTTPStatus.OK, JSON, json.dumps(document).encode())
        else:
            self.refuse(HTTPStatus.NOT_FOUND, "no such route")

    def infer(self, sent: bytes) -> None:
        """Answer an inference with what the engine of the named model says."""
        try:
            asked = mapping(json.loads(sent))
            entry = resolve(self.service.entries, text(asked.get("model")))
            address = self.service.loader.address(entry)
            with forwarded(address, self.route, request_body(entry, asked)) as response:
                self.pass_on(response, entry)
        except UnknownModelError as problem:
            self.refuse(HTTPStatus.NOT_FOUND, str(problem))
        except ValueError as problem:
            self.refuse(HTTPStatus.BAD_REQUEST, f"not JSON: {problem}")
        except LoadError as problem:
            self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(problem))
        except (OSError, HTTPException) as problem:
            # The engine or the client went away, perhaps in the middle of an answer.
            self.close_connection = True
            self.log_error("%s", problem)

    def pass_on(self, response: HTTPResponse, entry: Entry) -> None:
        """Send an engine's answer on as it comes, line by line, and account for its tokens."""
        self.close_connection = True
        self.send_response(response.status)
        self.send_header("Content-Type", response.headers.get("Content-Type", JSON))
        self.send_header("Connection", "close")
        self.end_headers()
        lines: list[bytes] = []
        for line in response:
            lines.append(line)
            self.wfile.write(line)
        if response.status == HTTPStatus.OK:
            self.service.metrics.account(entry.name, self.route, usage_in(lines))

    def refuse(self, status: HTTPStatus, message: str) -> None:
        """Answer with an error in the shape that OpenAI's clients read."""
        document = {"error": {"code": int(status), "message": message}}
        self.reply(status, JSON, json.dumps(document).encode())

    def reply(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        """Answer with a whole body."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
