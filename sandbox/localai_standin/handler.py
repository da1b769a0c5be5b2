"""The HTTP side of the stand-in: which request is answered how."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from sandbox.localai_standin.inference import (
    COUNTED,
    JSON,
    Asked,
    content,
    counts,
    decoded,
    event,
    forwarded,
    read_asked,
    read_body,
    whole,
)
from sandbox.localai_standin.loader import CoolingError, LoadError
from sandbox.localai_standin.model_list import INVALID, RefusedError, mapping, resolve, text
from sandbox.localai_standin.replies import DOCUMENTS, Replies
from sandbox.localai_standin.routes import Found, Inference, find, is_public
from sandbox.localai_standin.service import Service

DONE = b"data: [DONE]"


class Inferring(Replies):
    """Answers inferences of a service."""

    service: Service

    @property
    def route(self) -> str:
        """The path without its query."""
        return urlsplit(self.path).path

    def infer_with(self, inference: Inference, named: str) -> Callable[[bytes], None]:
        """Return what answers an inference with what the engine of the named model says."""

        def infer(sent: bytes) -> None:
            kind = self.headers.get("Content-Type", "")
            asked = read_asked(self.service, inference, named, kind, sent)
            with (
                self.service.loader.using(asked.entry) as address,
                forwarded(address, asked) as response,
            ):
                self.pass_on(asked, response)

        return infer

    def pass_on(self, asked: Asked, response: HTTPResponse) -> None:
        """Send an engine's answer on, and account for its tokens."""
        kind = response.headers.get("Content-Type", JSON)
        headers = {"X-Correlation-ID": self.correlation()}
        if kind.startswith("text/event-stream"):
            self.stream(kind, self.counted(asked, response), headers)
        elif kind.startswith(JSON):
            document = decoded(content(response))
            self.account(asked, mapping(document.get("usage")))
            self.tell(whole(asked.inference.shape, asked.name, document), headers)
        else:
            self.reply(HTTPStatus.OK, kind, content(response), headers)

    def counted(self, asked: Asked, response: HTTPResponse) -> Iterator[bytes]:
        """Return the events of a stream, and account for its tokens before it ends."""
        usage: dict[str, object] = {}
        yield from pieces(asked, response, usage)
        self.account(asked, usage)

    def account(self, asked: Asked, usage: Mapping[str, object]) -> None:
        """Count the tokens of an answer, where LocalAI counts any."""
        if asked.inference.shape not in COUNTED:
            return
        found = counts(asked.inference.shape, usage)
        if found is None:
            self.service.metrics.unrecorded(self.route)
        else:
            self.service.metrics.account(asked.entry.name, self.route, *found)


def pieces(asked: Asked, response: HTTPResponse, usage: dict[str, object]) -> Iterator[bytes]:
    """Return the events of a stream, and the counts in them in `usage`.

    A stream that breaks off because the engine goes looks to the client like one at its end.
    """
    done = False
    try:
        for line in response:
            done = done or line.startswith(DONE)
            told, found = event(line, asked.name, tell_usage=asked.tells_usage())
            usage |= found
            if told.strip():
                yield told + (b"\n" if told.startswith(b"data: ") else b"")
    except (OSError, HTTPException):
        done = False
    if not done and asked.inference.shape != "messages":
        yield DONE + b"\n\n"


METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")


def handler_for(service: Service) -> type[Handler]:
    """Return the handler class that answers for a service."""
    methods = {f"do_{method}": Handler.measured for method in METHODS}
    return type("ServiceHandler", (Handler,), {"service": service, **methods})


class Handler(Inferring):
    """Answers the requests of one connection."""

    def measured(self) -> None:
        """Answer the request and count how long it took."""
        began = time.monotonic()
        found = find(self.command, self.route)
        self.known = False
        self.answer(found)
        if found.route is None or found.route.does != "metrics":
            self.service.metrics.observe(self.command, found.path, time.monotonic() - began)

    def answer(self, found: Found) -> None:
        """Answer what is too large, lacks a key or has no route; all else by its route."""
        length = int(self.headers.get("Content-Length", "0"))
        if length > self.service.upload_bytes:
            # What the client still sends is not read.
            self.close_connection = True
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        sent = self.rfile.read(length)
        self.known = self.service.allows(self.headers)
        if not self.known and not is_public(self.command, self.route, found):
            words = "An authentication key is required"
            challenge = {"WWW-Authenticate": "Bearer"}
            self.refuse(HTTPStatus.UNAUTHORIZED, words, challenge, kind=INVALID)
        elif self.command == "OPTIONS":
            self.begin(HTTPStatus.NO_CONTENT, {"Content-Length": "0"})
        elif found.route is None:
            self.refuse(found.status)
        elif found.route.inference is not None:
            named = dict(found.parts).get("model", "")
            self.guarded(sent, self.infer_with(found.route.inference, named))
        else:
            self.guarded(sent, self.doing(found.route.does))

    def doing(self, does: str) -> Callable[[bytes], None]:
        """Return what answers a route that is no inference."""
        done = {
            "health": self.health,
            "metrics": self.metrics,
            "load": self.load,
            "unload": self.unload,
            "start": self.start,
            "store": self.start,
        }

        def tell(_: bytes) -> None:
            self.tell(DOCUMENTS[does](self.service))

        return done.get(does, tell)

    def guarded(self, sent: bytes, answer: Callable[[bytes], None]) -> None:
        """Answer, and say what is wrong where that cannot be done."""
        try:
            answer(sent)
        except RefusedError as problem:
            self.failed(problem.status)
            self.refuse(problem.status, problem.message, kind=problem.kind)
        except CoolingError as problem:
            after = str(math.ceil(problem.seconds))
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(problem), {"Retry-After": after})
        except LoadError as problem:
            self.failed(HTTPStatus.INTERNAL_SERVER_ERROR)
            self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(problem))
        except OSError as problem:
            # The client went away, perhaps in the middle of an answer.
            self.close_connection = True
            self.log_error("%s", problem)

    def failed(self, status: HTTPStatus) -> None:
        """Count an inference that the server could not answer as one without counts."""
        if status == HTTPStatus.INTERNAL_SERVER_ERROR and self.command == "POST":
            self.service.metrics.unrecorded(self.route)

    def health(self, _: bytes) -> None:
        """Answer a probe, with nothing in it."""
        self.reply(HTTPStatus.OK, "", b"", {})

    def metrics(self, _: bytes) -> None:
        """Answer with everything counted."""
        shown = self.service.metrics.text().encode()
        self.reply(HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", shown, {})

    def load(self, sent: bytes) -> None:
        """Load the named model without a question to it."""
        name = text(read_body(JSON, sent).get("model"))
        with self.service.loader.using(resolve(self.service.entries, name, ())):
            self.tell({"message": f"{name} is loaded"})

    def unload(self, sent: bytes) -> None:
        """End the engine of the named model."""
        name = text(read_body(JSON, sent).get("model"))
        if not self.service.loader.unload(name):
            raise RefusedError(HTTPStatus.NOT_FOUND, f"model not found: {name}")
        self.tell({"message": f"{name} is unloaded"})

    def start(self, _: bytes) -> None:
        """Make room for one more engine, which then is not installed."""
        self.service.loader.make_room()
        raise LoadError(f"could not load model: backend not found for {self.route}")
