"""What a definition says although nobody had said it: each guess is told."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops.adoption.given import Given
from gitops.adoption.remark import Remark, changed, unknown
from gitops.adoption.running import items
from models.definition import LLAMA_CPP, Kind

NO_LICENSE = "LicenseRef-unknown"
# What LocalAI falls back to where neither the entry nor the hardware says anything else.
CONTEXT = 4096


def guesses(fields: Mapping[str, Any], keys: Mapping[str, Any], given: Given) -> Iterator[Remark]:
    """Yield what the fields of a definition hold beyond the keys of its entry."""
    subject = f"model {fields['name']}"
    if fields["license"] == NO_LICENSE:
        cure = "look it up where the weights come from"
        yield unknown(subject, f"no license; {NO_LICENSE} is written", cure)
    if not keys.get("backend"):
        yield changed(subject, f"names no engine; its file is one of {fields['backend']}")
    if fields["backend"] == LLAMA_CPP:
        yield from _about_llama_cpp(subject, fields, keys, given)


def _about_llama_cpp(
    subject: str, fields: Mapping[str, Any], keys: Mapping[str, Any], given: Given
) -> Iterator[Remark]:
    said = keys.get("context_size") or given.variables.number("LOCALAI_CONTEXT_SIZE")
    if not said:
        yield changed(subject, f"context_size becomes {CONTEXT}; the server chose it by itself")
    slots = given.variables.number("LLAMACPP_PARALLEL")
    if not slots and not any("parallel" in str(option) for option in items(keys.get("options"))):
        yield changed(subject, f"slots becomes {fields['slots']}; the server chose it by itself")
    if fields["kind"] == Kind.CHAT.value and not keys.get("template"):
        yield changed(subject, "the template in its weights is used; the server guessed one")
