"""Whether the answer of a model shows that it works: read strictly, one function a kind."""

import base64
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from proof.bounded_json import TextError, bounded_json
from proof.expected import CHAT, EMBEDDINGS, IMAGE, RERANK, TRANSCRIPTION, Model
from proof.request import RELEVANT, SIDE, TEXTS

_EVENT, _END = b"data: ", b"[DONE]"
_PNG = b"\x89PNG\r\n\x1a\n"
_PICTURES = (_PNG, b"\xff\xd8\xff", b"RIFF")
# A picture of one color has fewer different bytes, also with the marks of its lines.
_FEW_BYTES = 9
_LONGEST_QUOTE = 80


class RubbishError(Exception):
    """An answer that shows that something is wrong; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What an answer shows: which model it names, if any, and words for people."""

    model: str | None
    text: str


def seen(model: Model, content: bytes) -> Seen:
    """Return what the answer of a model shows.

    Raises:
        RubbishError: it shows that the model does not work.
    """
    return _READ[model.kind](model, content)


def document(content: bytes) -> Mapping[str, Any]:
    """Return the JSON object of an answer.

    Raises:
        RubbishError: it is something else.
    """
    if content.lstrip()[:1] == b"<":
        raise RubbishError("is a page of HTML, not JSON, as from an ingress or a login")
    try:
        return _mapping(bounded_json(content))
    except TextError as error:
        raise RubbishError(error.cause) from None


def listed(found: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the objects in a list of an answer.

    Raises:
        RubbishError: there is no such list.
    """
    value = found.get(key)
    if not isinstance(value, list):
        raise RubbishError(f"has no list {key!r}")
    return [_mapping(one) for one in cast("list[Any]", value)]


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A streamed answer that came whole: who says that it gave it, and what it said.

    `words` are all of them, `said` are those after what a model thinks. `ends` has, for each event
    with words, how many bytes of the stream had come with it.
    """

    model: str | None
    words: str
    said: str
    ends: tuple[int, ...]


def chat(content: bytes) -> Chat:
    """Return what a stream says.

    Raises:
        RubbishError: it is empty, was cut, or is no stream.
    """
    events = list(_events(content))
    by = sorted({str(one["model"]) for _, one in events if one.get("model")})
    choices = [(end, choice) for end, one in events for choice in listed(one, "choices")[:1]]
    words = [(end, text) for end, choice in choices if (text := _words(choice))]
    if not any(choice.get("finish_reason") for _, choice in choices):
        raise RubbishError("was cut: no event says how it ended")
    text = "".join(one for _, one in words)
    if not text.strip():
        raise RubbishError("is empty")
    return Chat(
        model=" and ".join(by) or None,
        words=text,
        said="".join(_words(choice, ("content",)) for _, choice in choices),
        ends=tuple(end for end, _ in words),
    )


def _chat(model: Model, content: bytes) -> Seen:
    found = chat(content)
    if model.expect.lower() not in found.words.lower():
        quoted = found.words.strip()[:_LONGEST_QUOTE]
        raise RubbishError(f"to {model.ask[:_LONGEST_QUOTE]!r} is {quoted!r}")
    return Seen(model=found.model, text=f"said {model.expect[:_LONGEST_QUOTE]}")


def _events(content: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the events of a stream, up to its end, each with where it ends."""
    if content.lstrip()[:1] in (b"{", b"<"):
        document(content)
        raise RubbishError("is no stream, which was asked for")
    place = 0
    for line in content.splitlines(keepends=True):
        place += len(line)
        if not line.startswith(_EVENT):
            continue
        data = line.removeprefix(_EVENT).strip()
        if data == _END:
            return
        event = document(data)
        if "error" in event:
            raise RubbishError(f"broke off: {told(event)}")
        yield place, event
    raise RubbishError("was cut: the stream has no end")


def told(error: Mapping[str, Any]) -> str:
    """Return the words of an error in OpenAI's form; empty where there are none."""
    inner = error.get("error")
    words = _mapping(inner).get("message") if isinstance(inner, dict) else inner
    return words[:300] if isinstance(words, str) else ""


# What a model thinks before it answers comes under a name of its own.
_ALL = ("reasoning_content", "reasoning", "content")


def _words(choice: Mapping[str, Any], keys: tuple[str, ...] = _ALL) -> str:
    delta = choice.get("delta")
    known: Mapping[str, Any] = cast("dict[str, Any]", delta) if isinstance(delta, dict) else {}
    found = (known.get(key) for key in keys)
    return "".join(one for one in found if isinstance(one, str))


def _embeddings(model: Model, content: bytes) -> Seen:
    found = vectors(content, len(TEXTS))
    sizes = {len(vector) for vector in found}
    declared = model.dimensions
    if declared and sizes != {declared}:
        have = " and ".join(map(str, sorted(sizes)))
        raise RubbishError(f"has {have} dimensions, and {declared} are declared")
    if not all(any(vector) for vector in found):
        raise RubbishError("is a vector of nothing but zeros")
    if found[0] == found[1]:
        raise RubbishError("is the same vector for two different texts")
    return Seen(model=_model_of(document(content)), text=f"{max(sizes)} dimensions")


def vectors(content: bytes, count: int) -> list[list[float]]:
    """Return the embeddings of so many texts, in their order.

    Raises:
        RubbishError: they are not there.
    """
    found = [_vector(one.get("embedding")) for one in listed(document(content), "data")]
    if len(found) != count:
        raise RubbishError(f"has {len(found)} vectors for {count} texts")
    return found


def _vector(value: Any) -> list[float]:
    numbers = cast("list[Any]", value) if isinstance(value, list) else []
    return [_number(one) for one in numbers]


def _rerank(_model: Model, content: bytes) -> Seen:
    found = document(content)
    results = listed(found, "results")
    scores = {_number(one.get("index")): _number(one.get("relevance_score")) for one in results}
    if sorted(scores) != list(range(len(TEXTS))) or len(results) != len(TEXTS):
        raise RubbishError(f"does not rank {len(TEXTS)} texts once each")
    if any(scores[index] >= scores[RELEVANT] for index in scores if index != RELEVANT):
        raise RubbishError("does not rank the text that answers the question above one on bananas")
    return Seen(model=_model_of(found), text="ranked the answer first")


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RubbishError(f"has {str(value)[:20]!r} where a number belongs")
    return float(value)


def _image(_model: Model, content: bytes) -> Seen:
    found = document(content)
    pictures = [one.get("b64_json") for one in listed(found, "data")]
    text = pictures[0] if pictures else None
    if not isinstance(text, str) or not text:
        raise RubbishError("has no picture")
    try:
        picture = base64.b64decode(text, validate=True)
    except ValueError:
        raise RubbishError("is no picture: its base64 is broken") from None
    if not picture.startswith(_PICTURES):
        raise RubbishError("is no picture: neither PNG nor JPEG nor WebP")
    if picture.startswith(_PNG) and len({*_lines(picture)}) < _FEW_BYTES:
        raise RubbishError("is a picture of a single color, or a broken one")
    return Seen(model=_model_of(found), text=f"a picture of {len(picture)} bytes")


def _lines(picture: bytes) -> bytes:
    """Return the unpacked lines of a PNG, at most as many bytes as were asked for."""
    packed, place = b"", len(_PNG)
    while place + 8 <= len(picture):
        size = int.from_bytes(picture[place : place + 4], "big")
        if picture[place + 4 : place + 8] == b"IDAT":
            packed += picture[place + 8 : place + 8 + size]
        place += size + 12
    try:
        return zlib.decompressobj().decompress(packed, SIDE * (SIDE * 4 + 1))
    except zlib.error:
        return b""


def _transcription(_model: Model, content: bytes) -> Seen:
    found = document(content)
    if not isinstance(found.get("text"), str):
        raise RubbishError("has no text")
    # In a tone there are no words to judge.
    return Seen(model=_model_of(found), text="read a recording; a tone has no words to judge")


def _model_of(found: Mapping[str, Any]) -> str | None:
    name = found.get("model")
    return name if isinstance(name, str) and name else None


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise RubbishError("is not an object of JSON")
    return cast("dict[str, Any]", value)


_READ: Mapping[str, Callable[[Model, bytes], Seen]] = {
    CHAT: _chat,
    EMBEDDINGS: _embeddings,
    RERANK: _rerank,
    IMAGE: _image,
    TRANSCRIPTION: _transcription,
}
