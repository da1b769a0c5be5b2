"""One inference request: which model it means, what the engine is sent, what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import cast
from urllib.parse import urlsplit

from sandbox.localai_standin.loader import REFUSED
from sandbox.localai_standin.model_list import Entry, RefusedError, mapping, resolve, suitable, text
from sandbox.localai_standin.routes import Inference
from sandbox.localai_standin.service import Service

# Forms whose tokens LocalAI counts; the last two are counted with nothing but zeros.
COUNTED = frozenset({"chat", "messages", "ollama", "completion", "embeddings"})
_ZEROS = frozenset({"completion", "embeddings"})
_NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
# OpenAI's names for the two counts, and Anthropic's.
_COUNTS = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))


def asked_of_engine(
    shape: str, asked: Mapping[str, object], defaults: Mapping[str, object], name: str
) -> dict[str, object]:
    """Return what the engine is sent: the model's defaults, overruled by what the client asked."""
    sent = {**defaults, **asked, "model": name}
    if shape == "ollama":
        sent |= {"stream": False}
    if shape in ("chat", "completion") and asked.get("stream") is True:
        # The server counts the tokens of every stream, whether or not the client asks for them.
        sent["stream_options"] = {**mapping(asked.get("stream_options")), "include_usage": True}
    return sent


def whole(shape: str, name: str, document: dict[str, object]) -> dict[str, object]:
    """Return an engine's whole answer as LocalAI gives it, under the name that was asked for."""
    made = {**document, "model": name} if "model" in document else dict(document)
    if shape == "embeddings":
        made.pop("usage", None)
    if shape == "completion":
        made["usage"] = dict(_NOTHING)
    return ollama(name, document) if shape == "ollama" else made


def ollama(name: str, document: Mapping[str, object]) -> dict[str, object]:
    """Return a chat answer in Ollama's form."""
    listed = document.get("choices")
    choices = cast("list[object]", listed) if isinstance(listed, list) else []
    first = mapping(choices[0]) if choices else {}
    return {
        "model": name,
        "created_at": datetime.now(UTC).isoformat(),
        "message": first.get("message"),
        "done": True,
        "done_reason": first.get("finish_reason"),
    }


def event(line: bytes, name: str, *, tell_usage: bool) -> tuple[bytes, dict[str, object]]:
    """Return a line of a stream under the name that was asked for, and the counts in it.

    A chunk with nothing but counts is left out where the client did not ask for them.
    """
    if not line.startswith(b"data: {"):
        return line, {}
    document = decoded(line.removeprefix(b"data: "))
    usage = mapping(document.get("usage"))
    if usage and not tell_usage and not document.get("choices"):
        return b"", usage
    if "model" not in document:
        return line, usage
    return f"data: {json.dumps({**document, 'model': name})}\n".encode(), usage


def counts(shape: str, usage: Mapping[str, object]) -> tuple[int, int] | None:
    """Return the tokens that are counted for an answer, or None where it told none."""
    if shape in _ZEROS:
        return 0, 0
    for pair in _COUNTS:
        found = [usage.get(name) for name in pair]
        if any(isinstance(one, int) for one in found):
            prompt, completion = (one if isinstance(one, int) else 0 for one in found)
            return prompt, completion
    return None


def decoded(text: bytes) -> dict[str, object]:
    """Return a JSON object; an empty one where the text is none."""
    try:
        return mapping(json.loads(text))
    except ValueError:
        return {}


JSON = "application/json"
_MODEL_FIELD = re.compile(rb'name="model"\r\n\r\n([^\r\n]*)')


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for an answer: the name as sent, the model it means, the body, the content type."""

    name: str
    entry: Entry
    inference: Inference
    body: Mapping[str, object]
    sent: bytes
    kind: str

    def for_engine(self) -> bytes:
        """Return the body that the engine gets; a form goes on as it came."""
        if self.kind != JSON:
            return self.sent
        body, entry = self.body, self.entry
        made = asked_of_engine(self.inference.shape, body, entry.sampling, entry.name)
        return json.dumps(made).encode()

    def tells_usage(self) -> bool:
        """Tell whether the client wants the counts in the stream."""
        return mapping(self.body.get("stream_options")).get("include_usage") is True


def read_asked(service: Service, inference: Inference, named: str, kind: str, sent: bytes) -> Asked:
    """Return what a request asks for; `named` is the model in its path, if any.

    Raises:
        RefusedError: it cannot be read, or means no model.
    """
    form = kind.startswith("multipart/form-data")
    body = {} if form else read_body(kind, sent)
    field = _MODEL_FIELD.search(sent) if form else None
    name = field[1].decode("utf-8", "replace") if field else text(body.get("model"))
    name = name or named or suitable(service.entries, inference.usecase) or inference.fallback
    if not name:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "code=400, message=Bad Request")
    entry = resolve(service.entries, name, service.loose())
    known = kind if form else JSON
    return Asked(name=name, entry=entry, inference=inference, body=body, sent=sent, kind=known)


def read_body(kind: str, sent: bytes) -> dict[str, object]:
    """Return the JSON object in a body, which may be left out altogether."""
    if not sent:
        return {}
    try:
        loaded: object = json.loads(sent)
        problem = "" if kind.startswith(JSON) else "Unsupported Media Type"
    except ValueError as error:
        loaded, problem = None, str(error)
    if problem:
        words = f"code=400, message=failed parsing request body: {problem}"
        raise RefusedError(HTTPStatus.BAD_REQUEST, words)
    return mapping(loaded)


@contextmanager
def forwarded(address: str, asked: Asked) -> Generator[HTTPResponse]:
    """Give the engine's answer to a request, open until the end of the block.

    Raises:
        RefusedError: the engine is gone, or says that the request is wrong, which is all the same.
    """
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port)
    try:
        headers = {"Content-Type": asked.kind}
        connection.request("POST", asked.inference.engine, asked.for_engine(), headers)
        response = connection.getresponse()
    except (OSError, HTTPException) as problem:
        connection.close()
        raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, REFUSED) from problem
    try:
        if response.status != HTTPStatus.OK:
            raise engine_error(asked, content(response))
        yield response
    finally:
        connection.close()


def content(response: HTTPResponse) -> bytes:
    """Return a whole answer; raises RefusedError when the engine goes before its end."""
    try:
        return response.read()
    except (OSError, HTTPException) as problem:
        words = "rpc error: code = Unavailable desc = error reading from server: EOF"
        raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, words) from problem


def engine_error(asked: Asked, said: bytes) -> RefusedError:
    """Return what a client is told of an engine's error: 500, whoever made the mistake.

    Only embeddings of a model that has none are the client's mistake.
    """
    words = text(mapping(decoded(said).get("error")).get("message")) or said.decode(
        "utf-8", "replace"
    )
    if asked.inference.shape == "embeddings" and not asked.entry.embeddings:
        told = "code=400, message=cannot pass through per-token embeddings"
        return RefusedError(HTTPStatus.BAD_REQUEST, told)
    told = f"rpc error: code = Internal desc = {words}"
    return RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, told)
