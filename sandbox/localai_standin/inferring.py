"""Answering inferences over HTTP: from the request to the engine's answer and what it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from sandbox.localai_standin.inference import JSON, Asked, content, forwarded, read_asked
from sandbox.localai_standin.model_list import mapping
from sandbox.localai_standin.replies import Replies
from sandbox.localai_standin.routes import Inference
from sandbox.localai_standin.service import Service
from sandbox.localai_standin.shapes import COUNTED, counts, decoded, event, whole

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
