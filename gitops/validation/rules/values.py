"""Reads plain values whose shape nobody checked: what is not there is empty."""

from collections.abc import Iterator, Mapping
from typing import Any, cast


def at(value: Any, *steps: str) -> Any:
    """Return what stands at a path of keys, or None where a step is not there."""
    for step in steps:
        value = fields(value).get(step)
    return value


def fields(value: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, anything else as an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def entries(value: Any) -> list[Any]:
    """Return a list as it is, anything else as an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def words(value: Any) -> list[str]:
    """Return the texts in a list."""
    return [one for one in entries(value) if isinstance(one, str)]


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, however deep; keys are none."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        else:
            stack += [*fields(one).values(), *entries(one)]
