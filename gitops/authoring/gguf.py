"""What the head of a GGUF file says of its network, without a byte of its tensors.

Layout: ggml's docs/gguf.md, versions 2 and 3: `GGUF`, version, counts of tensors and of pairs, then
each pair as key, type, value; all numbers little-endian. Keys: the same page, "Standardized
key-value pairs", and llama.cpp's gguf-py/gguf/constants.py.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_NUMBERS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_MOST_PAIRS, _MOST_ITEMS, _LONGEST_KEY = 10_000, 4_000_000, 65_535
# Lists longer than that are vocabularies, which are stepped over.
_KEPT = 4096


class TruncatedError(Exception):
    """The head is longer than the bytes there are."""


class UnreadableHeadError(ValueError):
    """The bytes are no head of a GGUF file; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """The published figures of a network; None where the file does not say."""

    architecture: str
    name: str
    context: int | None
    layers: int | None
    kv_heads: int | None
    head_dim: int | None
    window: int | None
    full_attention_layers: int | None
    pooling: int | None
    template: bool


@dataclass
class _Reader:
    data: bytes
    at: int = field(default=0)

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise TruncatedError
        found, self.at = self.data[self.at : end], end
        return found

    def number(self, form: str) -> Any:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]

    def text(self) -> str:
        return self.take(self.number("Q")).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self.items()
        if kind not in _NUMBERS:
            raise UnreadableHeadError(f"it has a value of the unknown type {kind}")
        return self.number(_NUMBERS[kind])

    def items(self) -> list[Any]:
        kind, count = self.number("I"), self.number("Q")
        if count > _MOST_ITEMS or kind == _ARRAY:
            raise UnreadableHeadError(f"it has a list of {count} values of type {kind}")
        if kind in _NUMBERS and count > _KEPT:
            self.take(count * struct.calcsize(f"<{_NUMBERS[kind]}"))
            return []
        found = [self.value(kind) for _ in range(count)]
        return found if count <= _KEPT else []


def pairs(data: bytes) -> Mapping[str, Any]:
    """Return the metadata in the first bytes of a file.

    Raises:
        TruncatedError: more bytes are needed.
        UnreadableHeadError: it is no GGUF file of a known version.
    """
    reader = _Reader(data)
    if reader.take(4) != b"GGUF":
        raise UnreadableHeadError("it does not start as a GGUF file does")
    version = reader.number("I")
    if version not in _VERSIONS:
        raise UnreadableHeadError(f"it is of GGUF version {version}, and 2 and 3 are known")
    reader.number("Q")
    count = reader.number("Q")
    if count > _MOST_PAIRS:
        raise UnreadableHeadError(f"it announces {count} pairs of metadata")
    found: dict[str, Any] = {}
    for _ in range(count):
        length = reader.number("Q")
        if length > _LONGEST_KEY:
            raise UnreadableHeadError(f"it has a key of {length} bytes")
        key = reader.take(length).decode("utf-8", "replace")
        found[key] = reader.value(reader.number("I"))
    return found


def network(data: bytes) -> Network:
    """Return what the metadata says of the network.

    Raises:
        TruncatedError: more bytes are needed.
        UnreadableHeadError: it is no GGUF file, or says no architecture.
    """
    found = pairs(data)
    name = found.get("general.architecture")
    if not isinstance(name, str) or not name:
        raise UnreadableHeadError("it says no architecture")
    own = {key.removeprefix(f"{name}."): value for key, value in found.items()}
    blocks = _count(own.get("block_count"))
    layers, heads = _kv(own.get("attention.head_count_kv", own.get("attention.head_count")), blocks)
    window = _count(own.get("attention.sliding_window"))
    full = _full_layers(own.get("attention.sliding_window_pattern"), layers)
    both = window is not None and full is not None
    return Network(
        architecture=name,
        name=str(found.get("general.name") or ""),
        context=_count(own.get("context_length")),
        layers=layers,
        kv_heads=heads,
        head_dim=_head_dim(own),
        # Which layers slide is not always said: the whole context in all of them is the most.
        window=window if both else None,
        full_attention_layers=full if both else None,
        pooling=own.get("pooling_type") if isinstance(own.get("pooling_type"), int) else None,
        template=bool(found.get("tokenizer.chat_template")),
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _kv(value: Any, blocks: int | None) -> tuple[int | None, int | None]:
    """Return how many layers keep keys and values, and the most heads of one of them."""
    if isinstance(value, list):
        known: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        counts = [count for count in map(_count, known) if count]
        return (len(counts), max(counts)) if counts else (None, None)
    return blocks, _count(value)


def _head_dim(own: Mapping[str, Any]) -> int | None:
    key, value = (_count(own.get(f"attention.{name}_length")) for name in ("key", "value"))
    if key:
        # The formula counts keys and values alike.
        return (key + (value or key) + 1) // 2
    width, heads = _count(own.get("embedding_length")), _count(own.get("attention.head_count"))
    return width // heads if width and heads else None


def _full_layers(pattern: Any, layers: int | None) -> int | None:
    """Return how many layers keep the whole context: each n-th, or as listed."""
    if isinstance(pattern, list):
        known: list[Any] = pattern  # pyright: ignore[reportUnknownVariableType]
        return sum(1 for slides in known if not slides)
    every = _count(pattern)
    return layers // every if every and layers else None
