"""What is printed: each line is one line that no terminal obeys, and secrets are marks."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any, cast

import typer
from rich.console import Console

from documents.shown import shown, without_secrets


def say(line: str) -> None:
    """Print a message to standard error."""
    typer.echo(shown(line), err=True)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines to standard output."""
    sys.stdout.write("".join(f"{shown(line)}\n" for line in lines))


def print_text(text: str) -> None:
    """Print a text of several lines, whose values were made safe one by one."""
    print_lines(text.removesuffix("\n").split("\n"))


def print_json(document: Mapping[str, Any]) -> None:
    """Print plain values as JSON; what is not printable is an escape of JSON."""
    text = json.dumps(_safe(document), indent=2, ensure_ascii=False)
    sys.stdout.write("".join(map(_escaped, text)) if not _plain(text) else text)
    sys.stdout.write("\n")


def console(*, stderr: bool = False) -> Console:
    """Return a console that takes no text for a command: no markup, no emoji, no highlights."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        known = cast("Mapping[Any, Any]", value)
        return {_safe(key): _safe(one) for key, one in known.items()}
    if isinstance(value, list | tuple):
        return [_safe(one) for one in cast("list[Any]", value)]
    return value


def _plain(text: str) -> bool:
    return text.replace("\n", "").isprintable()


def _escaped(sign: str) -> str:
    # Outside of its texts JSON has printable signs and line breaks alone.
    return (
        sign
        if sign.isprintable() or sign == "\n"
        else json.dumps(sign)[1:-1].replace("\x7f", "\\u007f")
    )
