"""What the models' server says, as words for whoever asked: parts of answers, and errors."""

import json
from collections.abc import Iterable
from typing import Any, cast
from unicodedata import category

UNREACHABLE = "The models cannot be reached. Try again in a minute."
SLOW = (
    "No answer came in {seconds} s. The model may still be loading, or be busy: ask again in a "
    "minute."
)
ENDLESS = "The answer took longer than {seconds} s and was cut off."
CUT_OFF = "The answer was cut off: the connection to the model ended too early."
TOO_LONG = (
    "This conversation is too long for the model. Begin a new one, or ask a shorter question."
)
NO_MODEL = "No model is served at the moment. Try again in a minute."
EMPTY = "The question is empty."
_REFUSED = "The models refuse this chat's key. Tell whoever runs it."
_GONE = "{model} is not served any more. Choose another model."
_BUSY = "The models are busy. Ask again in a minute."
_LOADING = "{model} is being loaded. Ask again in a minute."
_FAILED = "{model} failed to answer ({status}). Ask again, or choose another model."
# What servers of this interface say of a question that does not fit.
# Not the bare word: programs in Go say of an answer that takes too long `context canceled`.
_LENGTH = (
    "context length", "context size", "context window", "contextwindow", "too long", "too large",
    "maximum length", "exceeds the limit",
)  # fmt: skip
_UNKNOWN = ("not found", "does not exist", "invalid model")
_STARTING = ("loading", "starting", "not ready")
_STATUSES = [str(status) for status in range(400, 600)]
_DATA = "data:"
_DONE = "[DONE]"
# Control characters, halves of characters, and marks that turn the direction of what follows.
_DROPPED = ("Cc", "Cs")
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_JOINER = "\u2060"
_MARKS = {*_TURNING, _JOINER}
_KEPT = "\n\t"
# Before an error that the page shows in place of an answer or after it; no text of a model has it.
MARK = f"\u26a0{_JOINER} "


class AnswerError(Exception):
    """A question that gets no answer, or only a part: the words for it, and their short name."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind, self.text = kind, text


def refusal(status: int, body: str, model: str) -> AnswerError:
    """Return what an answer with an error status means."""
    said = body.lower()
    if status in (401, 403):
        return AnswerError("refused", _REFUSED)
    if status == 413 or (status in (400, 422, 500) and any(one in said for one in _LENGTH)):
        return AnswerError("too long", TOO_LONG)
    if status == 404 or (status == 400 and any(one in said for one in _UNKNOWN)):
        return AnswerError("unknown model", _GONE.format(model=model))
    if any(one in said for one in _STARTING):
        return AnswerError("loading", _LOADING.format(model=model))
    if status in (429, 502, 503, 504):
        return AnswerError("busy", _BUSY)
    return AnswerError("failed", _FAILED.format(model=model, status=status))


def part(line: str, model: str) -> str | None:
    """Return what a line of an event stream adds to the answer; None is its end.

    Raises:
        AnswerError: it is an error.
    """
    if not line.startswith(_DATA):
        return ""
    content = line.removeprefix(_DATA).strip()
    if content == _DONE:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise AnswerError("cut off", CUT_OFF) from None
    if not isinstance(found, dict):
        return ""
    event = cast("dict[str, Any]", found)
    if error := event.get("error"):
        code = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
        status = int(str(code)) if str(code) in _STATUSES else 500
        raise refusal(status, json.dumps(error), model)
    return _text(event)


def _text(event: dict[str, Any]) -> str:
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices:
        return ""
    first = cast("list[Any]", choices)[0]
    delta = cast("dict[str, Any]", first).get("delta") if isinstance(first, dict) else None
    content = cast("dict[str, Any]", delta).get("content") if isinstance(delta, dict) else None
    return content if isinstance(content, str) else ""


def plain(text: str) -> str:
    """Return a text without control characters but for new lines and tabs, and without marks."""
    return "".join(
        one for one in text if one in _KEPT or (category(one) not in _DROPPED and one not in _MARKS)
    )


def messages(history: Iterable[Any], question: str) -> list[dict[str, str]]:
    """Return a conversation as the models take it, from what the page keeps of it.

    Errors that the page showed are not part of it.
    """
    found: list[dict[str, str]] = []
    for one in history:
        known = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        role, text = known.get("role"), _content(known.get("content"))
        text = text.partition(MARK)[0].rstrip() if role == "assistant" else text
        if role in ("user", "assistant") and text:
            found.append({"role": role, "content": plain(text)})
    return [*found, {"role": "user", "content": plain(question)}]


def _content(value: Any) -> str:
    if isinstance(value, str):
        return value
    parts = cast("list[Any]", value) if isinstance(value, list) else []
    texts = [cast("dict[str, Any]", one).get("text") for one in parts if isinstance(one, dict)]
    return "".join(one for one in texts if isinstance(one, str))


def names(body: str, wanted: tuple[str, ...]) -> list[str]:
    """Return the models that a server lists, and of those the wanted ones if there are any."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    data = cast("dict[str, Any]", found).get("data") if isinstance(found, dict) else None
    listed = cast("list[Any]", data) if isinstance(data, list) else []
    ids = [cast("dict[str, Any]", one).get("id") for one in listed if isinstance(one, dict)]
    every = {one for one in ids if isinstance(one, str)}
    return sorted(every & set(wanted) if wanted else every)
