"""Pieces of PromQL, built from names and labels."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Matching:
    """A value that is compared as an anchored regular expression; `absent` turns it around."""

    pattern: str
    absent: bool = False


Value = str | Matching


def series(metric: str, **labels: Value) -> str:
    """Return the series of a metric with these labels, in the order given."""
    return f"{metric}{{{','.join(_matcher(name, value) for name, value in labels.items())}}}"


def _matcher(name: str, value: Value) -> str:
    if isinstance(value, str):
        return f"{name}={_quoted(value)}"
    return f"{name}{'!~' if value.absent else '=~'}{_quoted(value.pattern)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def either(names: Iterable[str]) -> Matching:
    """Return a value that matches exactly these names, which hold letters, digits and hyphens."""
    return Matching(pattern="|".join(names))


def rate(selected: str, minutes: int) -> str:
    """Return the increase of a counter per second, averaged over some minutes."""
    return f"rate({selected}[{minutes}m])"


def total(expression: str, *labels: str) -> str:
    """Return the sum of an expression, one for each value of the labels."""
    by = f" by ({', '.join(labels)})" if labels else ""
    return f"sum{by}({expression})"
