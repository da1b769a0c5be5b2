"""Reads the rows of a request, bounded and checked against what a model takes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn, cast

LARGEST_BODY = 1 << 20
MOST_ROWS = 1_000
# Depths of tensors that JSON lists are made of.
DEEPEST = 8
# Kinds of tensors, as onnxruntime names them, with the least and the most of each number.
KINDS: Mapping[str, tuple[float, float] | None] = {
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
    "double": (-1.7976931348623157e308, 1.7976931348623157e308),
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "bool": None,
    "string": None,
}
_FLOATS = ("float", "double")


class RowsError(ValueError):
    """A request that is not served: its status, and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """An input of a model: its kind, how many rows it takes, and the shape of one row.

    None is any length.
    """

    name: str
    kind: str
    rows: int | None
    shape: tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The values of one input, flat, in the order of C; `shape` has the rows first."""

    kind: str
    shape: tuple[int, ...]
    values: list[Any]


def feeds(body: bytes, inputs: tuple[Tensor, ...]) -> dict[str, Feed]:
    """Return what a model is fed by a request `{"rows": [...]}`.

    A row is the value of the one input, or a mapping of each input's value by its name.

    Raises:
        RowsError: 413 for too much, 400 for no JSON, 422 for rows that the model does not take.
    """
    rows = rows_of(body)
    if len(inputs) == 1 and not isinstance(rows[0], dict):
        return {inputs[0].name: _feed(inputs[0], rows)}
    columns = {one.name: [_value(row, one.name, index) for index, row in enumerate(rows)]
               for one in inputs}  # fmt: skip
    for index, row in enumerate(rows):
        if strangers := [name for name in row if name not in columns]:
            _refuse(index, f"has {strangers[0]!r:.80}, and the model takes {_names(inputs)}")
    return {one.name: _feed(one, columns[one.name]) for one in inputs}


def rows_of(body: bytes) -> list[Any]:
    """Return the rows of a request.

    Raises:
        RowsError: there are none, or too many.
    """
    if len(body) > LARGEST_BODY:
        raise RowsError(413, f"the request is longer than {LARGEST_BODY} bytes")
    try:
        found = json.loads(body, parse_constant=_no_number)
    except RecursionError:
        raise RowsError(400, "the request is nested too deeply") from None
    except ValueError as error:
        raise RowsError(400, f"the request is not JSON: {error}"[:200]) from None
    rows = cast("dict[str, Any]", found).get("rows") if isinstance(found, dict) else None
    if not isinstance(rows, list) or len(cast("dict[str, Any]", found)) != 1:
        raise RowsError(422, 'the request is not of the form {"rows": [...]}')
    listed = cast("list[Any]", rows)
    if not 1 <= len(listed) <= MOST_ROWS:
        raise RowsError(422, f"the request has {len(listed)} rows; send 1 to {MOST_ROWS}")
    return listed


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"it holds {text}")


def _value(row: Any, name: str, index: int) -> Any:
    if not isinstance(row, dict):
        _refuse(index, "is not a mapping of each input's value by its name")
    known = cast("dict[str, Any]", row)
    if name not in known:
        _refuse(index, f"has no {name}")
    return known[name]


def _names(inputs: tuple[Tensor, ...]) -> str:
    return ", ".join(one.name for one in inputs)


def _feed(taken: Tensor, rows: list[Any]) -> Feed:
    if taken.rows not in (None, len(rows)):
        raise RowsError(422, f"the request has {len(rows)} rows; the model takes {taken.rows}")
    shape = _shape(taken, rows[0])
    values: list[Any] = []
    for index, row in enumerate(rows):
        _flatten(taken, row, shape, index, values)
    return Feed(kind=taken.kind, shape=(len(rows), *shape), values=values)


def _shape(taken: Tensor, row: Any) -> tuple[int, ...]:
    """Return the shape of every row: as the model has it, and where it has none as the first."""
    found: list[int] = []
    for length in taken.shape:
        there = len(cast("list[Any]", row)) if isinstance(row, list) else 0
        found.append(there if length is None else length)
        row = cast("list[Any]", row)[0] if there else None
    return tuple(found)


def _flatten(
    taken: Tensor, value: Any, shape: tuple[int, ...], index: int, values: list[Any]
) -> None:
    if not shape:
        values.append(value)
        _check(taken, values[-1:], index)
        return
    if not isinstance(value, list):
        _refuse(index, f"is not a list where {taken.name} has {shape[0]} values")
    listed = cast("list[Any]", value)
    if len(listed) != shape[0] or not listed:
        _refuse(index, f"has {len(listed)} values where {taken.name} has {shape[0] or 'some'}")
    if shape[1:]:
        for one in listed:
            _flatten(taken, one, shape[1:], index, values)
    else:
        _check(taken, listed, index)
        values += listed


def _check(taken: Tensor, found: list[Any], index: int) -> None:
    """Refuse a value that is not of the input's kind; JSON has whole numbers and others."""
    bounds = KINDS[taken.kind]
    if bounds is None:
        wanted = bool if taken.kind == "bool" else str
        wrong = [one for one in found if type(one) is not wanted or not _is_whole(one)]
    else:
        least, most = bounds
        known = (int, float) if taken.kind in _FLOATS else (int,)
        wrong = [
            one for one in found
            if type(one) not in known or not least <= one <= most or not isfinite(one)
        ]  # fmt: skip
    if wrong:
        _refuse(index, f"has {_shown(wrong[0])} where {taken.name} takes {taken.kind}")


def _is_whole(value: bool | str) -> bool:
    """Tell whether a text has no halves of characters, which JSON can say and UTF-8 cannot."""
    return isinstance(value, bool) or not any("\ud800" <= one <= "\udfff" for one in value)


def _shown(value: Any) -> str:
    return json.dumps(value)[:40]


def _refuse(index: int, what: str) -> NoReturn:
    raise RowsError(422, f"row {index} {what}")
