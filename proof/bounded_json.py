"""Reads JSON that others wrote, bounded before it costs: size, values, depth, numbers."""

import json
import re
from collections.abc import Callable
from math import isfinite
from typing import Any, cast

# What `kubectl get … --output json` may print of a namespace.
LARGEST = 32 * 1024 * 1024
DEEPEST = 64
MOST_VALUES = 500_000
# No number that anybody means has so many digits.
LONGEST_NUMBER = 32
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LESS = "ask for less of it"


class TextError(ValueError):
    """A text that is not read: the cause, the cure, and the line, 0 where none is to blame."""

    def __init__(self, cause: str, cure: str, line: int = 0) -> None:
        super().__init__(cause)
        self.cause, self.cure, self.line = cause, cure, line


def bounded_json(content: bytes, most: int = LARGEST) -> Any:
    """Return the value of a JSON text.

    Raises:
        TextError: it is too large, too deep, no JSON, or gives a key twice.
    """
    check_size(content, most)
    # Counted before it is read: an empty mapping takes thirty times the memory of its two letters.
    if sum(map(_TEXT.sub(b"", content).count, (b",", b"{", b"["))) > MOST_VALUES:
        raise TextError(f"holds more than {MOST_VALUES} values", _LESS)
    try:
        found = json.loads(
            decoded(content), object_pairs_hook=_object, parse_constant=_number,
            parse_float=_number, parse_int=_number,
        )  # fmt: skip
    except TextError:
        raise
    except RecursionError:
        raise TextError(f"is nested deeper than {DEEPEST}", _LESS) from None
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        cause = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise TextError(f"is not JSON: {cause}", "write it anew", line) from None
    if _depth(found) > DEEPEST:
        raise TextError(f"is nested deeper than {DEEPEST}", _LESS)
    return each_text(found, _whole) if _HALF.search(content) else found


def check_size(content: bytes, most: int) -> None:
    """Raise TextError where a text has more bytes than that."""
    if len(content) > most:
        raise TextError(f"is longer than {most} bytes", _LESS)


def decoded(content: bytes) -> str:
    """Return a text, or raise TextError where it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TextError("is not UTF-8", "save it as UTF-8", line) from None


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value with each of its texts changed, keys as well."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        known = cast("dict[Any, Any]", value)
        return {each_text(key, change): each_text(one, change) for key, one in known.items()}
    if isinstance(value, list):
        return [each_text(one, change) for one in cast("list[Any]", value)]
    return value


def _whole(text: str) -> str:
    # Half of a pair of characters, which JSON can say and no file can hold.
    return text.encode("utf-8", "replace").decode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it gives a key twice")
    return found


def _number(text: str) -> int | float:
    if len(text) <= LONGEST_NUMBER:
        found = float(text) if set(text) & set(".eEnN") else int(text)
        if isfinite(found):
            return found
    raise ValueError(f"it holds the number {text:.40}")


def _depth(value: Any) -> int:
    level, deepest = [value], 0
    while level and deepest <= DEEPEST:
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += cast("dict[Any, Any]", one).values()
            elif isinstance(one, list):
                below += cast("list[Any]", one)
        level, deepest = below, deepest + 1
    return deepest
