"""A plan's document that somebody else's code wrote, read as data: bounded, and of its schema."""

import json
import os
import stat
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

_SCHEMA = Path(__file__).parents[3] / "docs/reference/plan.schema.json"
# A plan of sixty stacks takes less than a tenth.
_MOST_BYTES = 20_000_000
_MOST_VALUES = 2_000_000
_DEEPEST = 60
_LONGEST = 300
# More than anything has of bytes, GPUs or pods; a larger number is no longer counted exactly.
_MOST = 2**63


class NoPlanError(Exception):
    """What was handed over is not a plan; the text says why."""


def received(file: Path) -> dict[str, Any]:
    """Return the document in a file.

    Raises:
        NoPlanError: it is missing, empty, too large, or not of the schema.
    """
    data = _bytes(file)
    if not data.strip():
        raise NoPlanError("the preview is empty")
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
        _measure(found)
        error = next(_validator().iter_errors(found), None)
    except (ValueError, RecursionError) as wrong:
        why = "nested too deep" if isinstance(wrong, RecursionError) else str(wrong)[:_LONGEST]
        raise NoPlanError(f"the preview is not JSON that can be read: {why}") from None
    if error:
        place = "".join(f"[{step!r}]" for step in error.instance_path)[:_LONGEST]
        raise NoPlanError(f"the preview is not a plan: {place} {error.message[:_LONGEST]}")
    return found


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _bytes(file: Path) -> bytes:
    """Return the bytes of a regular file, of which there are not too many."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            regular = stat.S_ISREG(os.fstat(handle).st_mode)
            data = stream.read(_MOST_BYTES + 1) if regular else b""
    except OSError:
        raise NoPlanError("the preview handed over no file") from None
    if not regular:
        raise NoPlanError("the preview handed over something that is not a file")
    if len(data) > _MOST_BYTES:
        raise NoPlanError(f"the preview has more than {_MOST_BYTES} bytes")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _measure(document: Any) -> None:
    """Refuse what is deep, large or has many values, without following it by recursion."""
    level: list[Any] = [document]
    count = 0
    for _ in range(_DEEPEST):
        count += len(level)
        if count > _MOST_VALUES:
            raise ValueError(f"it has more than {_MOST_VALUES} values")
        if any(isinstance(one, int | float) and not -_MOST < one < _MOST for one in level):
            raise ValueError(f"a number is not below {_MOST}")
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {_DEEPEST}")


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value).values())
    return cast("list[Any]", value) if isinstance(value, list) else []
