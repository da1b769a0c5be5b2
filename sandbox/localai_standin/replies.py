"""What the stand-in answers over HTTP: documents, whole answers, streams, LocalAI's headers."""

from __future__ import annotations

import gzip
import json
import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from sandbox.localai_standin import NOTICE, VERSION
from sandbox.localai_standin.engine import installed
from sandbox.localai_standin.inference import JSON
from sandbox.localai_standin.routes import ROUTES
from sandbox.localai_standin.service import Service


def models(service: Service) -> object:
    """Return every name of the list and every loose file, in another order each time."""
    names = [*service.entries, *service.loose()]
    random.shuffle(names)
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


def capabilities(service: Service) -> object:
    """Return the names with what they say that they are for."""
    data = [
        {"id": one.name, "object": "model", "capabilities": sorted(one.usecases)}
        for one in service.entries.values()
    ]
    return {"object": "list", "data": data}


def system(service: Service) -> object:
    """Return the engines that are installed and the models in memory."""
    loaded = [{"id": name} for name in service.loader.names()]
    return {"stand_in": NOTICE, "backends": installed(service.backends), "loaded_models": loaded}


def discovery(_: Service) -> object:
    """Return what anybody may know of the server."""
    return {
        "version": VERSION,
        "endpoints": {one.path: one.path for one in ROUTES if one.inference},
    }


def tags(service: Service) -> object:
    """Return the names in Ollama's form."""
    return {"models": [{"name": f"{name}:latest", "model": name} for name in service.entries]}


DOCUMENTS: Mapping[str, Callable[[Service], object]] = {
    "models": models,
    "capabilities": capabilities,
    "system": system,
    "version": lambda _: {"version": VERSION},
    "discovery": discovery,
    "instructions": lambda _: {"instructions": []},
    "sign-in": lambda _: {"authEnabled": False},
    "swagger": lambda _: {"swagger": "2.0", "info": {"title": NOTICE}},
    "tags": tags,
    "logs": lambda _: [],
    "profiles": lambda _: [],
}


HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
SMALLEST_ZIPPED = 1024
WORDS = {
    HTTPStatus.NOT_FOUND: "Resource not found",
    HTTPStatus.METHOD_NOT_ALLOWED: "code=405, message=Method Not Allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "code=413, message=Request Entity Too Large",
}


class Replies(BaseHTTPRequestHandler):
    """How a handler answers; `known` tells that the caller has passed the check of the key."""

    protocol_version = "HTTP/1.1"
    # An answer goes out once it is counted; pieces of a stream go out at once.
    wbufsize = -1
    known = False

    def refuse(
        self,
        status: HTTPStatus,
        message: str = "",
        headers: Mapping[str, str] | None = None,
        kind: str = "",
    ) -> None:
        """Answer with an error in the shape that OpenAI's clients read."""
        words = message or WORDS.get(status, status.phrase)
        error = {"code": int(status), "message": words, "type": kind}
        self.tell({"error": error}, headers, status)

    def tell(
        self,
        document: object,
        headers: Mapping[str, str] | None = None,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> None:
        """Answer with a JSON document."""
        self.reply(status, JSON, json.dumps(document).encode() + b"\n", headers or {})

    def reply(
        self, status: HTTPStatus, kind: str, content: bytes, headers: Mapping[str, str]
    ) -> None:
        """Answer with a whole body; none has no content type."""
        zipped = "gzip" in self.headers.get("Accept-Encoding", "")
        if zipped and len(content) > SMALLEST_ZIPPED:
            content = gzip.compress(content)
            headers = {**headers, "Content-Encoding": "gzip"}
        typed = {"Content-Type": kind} if content else {}
        self.begin(status, {**typed, **headers, "Content-Length": str(len(content))})
        if self.command != "HEAD":
            self.wfile.write(content)

    def stream(self, kind: str, pieces: Iterable[bytes], headers: Mapping[str, str]) -> None:
        """Answer with pieces as they come; the client sees whether the last one has come."""
        chunked = {"Content-Type": kind, **headers, "Transfer-Encoding": "chunked"}
        self.begin(HTTPStatus.OK, chunked)
        for piece in pieces:
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def begin(self, status: HTTPStatus, headers: Mapping[str, str]) -> None:
        """Send the status and all headers."""
        self.send_response(status)
        for name, value in {**HEADERS, **headers}.items():
            self.send_header(name, value)
        if self.known and self.headers.get("Origin"):
            # The key is asked for first, so that a browser's own question gets nothing.
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    def correlation(self) -> str:
        """Return the id by which a client finds its request again, made up if it sent none."""
        return self.headers.get("X-Correlation-ID") or str(uuid.uuid4())
