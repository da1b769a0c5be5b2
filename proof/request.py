"""What is asked, and what comes back: an answer, or silence.

Of each kind of model, the smallest request whose answer shows that it works.
"""

import json
import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from proof.expected import CHAT, EMBEDDINGS, IMAGE, RERANK, TRANSCRIPTION, Model

# What a chat model is asked that says nothing else of itself, and a word of the answer.
QUESTION, ANSWER = "What is the capital of France?", "Paris"
# Two texts that no embedding takes for the same; the second answers the question.
TEXTS = ("Bananas are yellow.", "Paris is the capital of France.")
RELEVANT = 1
# Room for a model that thinks before it answers.
_TOKENS = 256
# The smallest that every network of the catalog draws.
SIDE = 256
_BOUNDARY = "localai-gitops-part"
_RATE, _SECONDS, _PITCH = 16_000, 2, 440


@dataclass(frozen=True, kw_only=True)
class Request:
    """A GET of a path, or a POST where there is a body."""

    path: str
    body: bytes | None = None
    content_type: str = "application/json"


class Reason(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"
    NAME = "name"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    TIME = "time"
    PROTOCOL = "protocol"
    HOPS = "hops"
    SIZE = "size"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The last answer: its address, its status, and its headers by their name in lower case.

    `content` is the start of its body, where that was asked for, and `seconds` how long it took.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = field(default=b"", repr=False)
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Silence:
    """No answer: the address it was hoped from, and why."""

    url: str
    reason: Reason
    text: str = ""


MODELS = Request(path="/v1/models")
VERSION = Request(path="/version")
SYSTEM = Request(path="/system")
METRICS = Request(path="/metrics")
# What a user interface changes while a server runs; where it is off, there is no such page.
SETTINGS = Request(path="/api/settings")

# An image in base64 takes a tenth; nothing that is asked for is larger.
MOST_BYTES = 4 * 1024 * 1024
_MARK, _SHORTEST = b"REDACTED", 6


def redacted(text: bytes, key: str) -> bytes:
    """Return a text without the key, also as JSON may write its signs.

    One that is shorter is in many texts, and is no secret.
    """
    if len(key) < _SHORTEST:
        return text
    text = text.replace(key.encode(), _MARK)
    if b"\\" not in text:
        return text
    signs = (rf"(?:\\?{re.escape(one)}|\\u(?i:{ord(one):04x}))" for one in key)
    return re.sub("".join(signs).encode(), _MARK, text)


def request(model: Model, name: str) -> Request:
    """Return what a model is asked under a name."""
    return _chat(name, model.ask) if model.kind == CHAT else _ASKS[model.kind](name)


def tone() -> bytes:
    """Return a recording in WAV: two seconds of a tone, which every transcriber can read."""
    count = _RATE * _SECONDS
    turn = 2 * math.pi * _PITCH / _RATE
    samples = struct.pack(f"<{count}h", *(round(8000 * math.sin(turn * n)) for n in range(count)))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, 2 * _RATE, 2, 16)
    data = struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data


def _chat(name: str, question: str) -> Request:
    # As a stream: that is how most clients ask, and only a stream says where it was cut.
    fields = {"messages": [{"role": "user", "content": question}], "max_tokens": _TOKENS}
    return _json(
        "/v1/chat/completions", {"model": name, "temperature": 0, "stream": True, **fields}
    )


def _embeddings(name: str) -> Request:
    return _json("/v1/embeddings", {"model": name, "input": list(TEXTS)})


def _rerank(name: str) -> Request:
    fields = {"query": QUESTION, "documents": list(TEXTS), "top_n": len(TEXTS)}
    return _json("/v1/rerank", {"model": name, **fields})


def _image(name: str) -> Request:
    fields = {"prompt": "a red apple on a table", "n": 1, "size": f"{SIDE}x{SIDE}"}
    return _json("/v1/images/generations", {"model": name, "response_format": "b64_json", **fields})


def _transcription(name: str) -> Request:
    file = 'name="file"; filename="tone.wav"\r\nContent-Type: audio/wav'
    parts = (('name="model"', name.encode()), (file, tone()))
    body = b"".join(
        f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"
        for head, data in parts
    )
    return Request(
        path="/v1/audio/transcriptions",
        body=body + f"--{_BOUNDARY}--\r\n".encode(),
        content_type=f"multipart/form-data; boundary={_BOUNDARY}",
    )


def _json(path: str, fields: Mapping[str, Any]) -> Request:
    return Request(path=path, body=json.dumps(fields).encode())


_ASKS: Mapping[str, Callable[[str], Request]] = {
    EMBEDDINGS: _embeddings,
    RERANK: _rerank,
    IMAGE: _image,
    TRANSCRIPTION: _transcription,
}
