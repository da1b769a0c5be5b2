"""What becomes of an engine's answer: the form in which LocalAI gives it, and what it counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from sandbox.localai_standin.model_list import mapping

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
