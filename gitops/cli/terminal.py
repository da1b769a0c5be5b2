"""What is printed: each line is one line that no terminal obeys, and secrets are marks."""

import json
import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import StringIO
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, cast

import typer

from documents.shown import shown, without_secrets
from gitops.cli.output import Output

if TYPE_CHECKING:
    from rich.console import Console


def say(line: str) -> None:
    """Print a message to standard error."""
    typer.echo(shown(line), err=True)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines to standard output."""
    sys.stdout.write("".join(f"{shown(line)}\n" for line in lines))


def print_text(text: str) -> None:
    """Print a text of several lines, whose values were made safe one by one."""
    print_lines(text.removesuffix("\n").split("\n"))


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]], output: Output) -> None:
    """Print rows below a heading: in Markdown, or in columns.

    A terminal that is narrower than the rows gets their last column folded, a pipe does not.
    """
    table = [tuple(map(shown, row)) for row in (head, *rows)]
    if output is Output.MARKDOWN:
        table = [tuple(cell.replace("|", "&#124;") for cell in row) for row in table]
        table.insert(1, ("---",) * len(head))
        print_lines(f"| {' | '.join(row)} |" for row in table)
        return
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    columns = _columns()
    before = sum(widths) - widths[-1] + len(_GAP) * (len(widths) - 1)
    for row in table:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        if not before <= columns < before + widths[-1]:
            print_lines([_GAP.join(cells).rstrip()])
            continue
        print_lines(_folded(cells[:-1], row[-1], before, columns))


_GAP = "  "
# A last column with less room goes below the others.
_NARROWEST = 24


def _folded(cells: Sequence[str], last: str, before: int, columns: int) -> list[str]:
    """Return the lines of a row whose last cell has only the rest of so many columns."""
    from textwrap import wrap

    below = columns - before < _NARROWEST
    indent = len(_GAP) * 2 if below else before
    lines = wrap(last, columns - indent, break_long_words=False, break_on_hyphens=False)
    folded = [f"{'':<{indent}}{line}" for line in lines]
    if below or not folded:
        return [_GAP.join(cells).rstrip(), *folded]
    return [f"{_GAP.join(cells)}{_GAP}{lines[0]}", *folded[1:]]


def _columns() -> int:
    """Return the width of the terminal that is printed to; 0 where it is none."""
    return get_terminal_size().columns if sys.stdout.isatty() else 0


def print_json(document: Mapping[str, Any]) -> None:
    """Print plain values as JSON; what is not printable is an escape of JSON."""
    text = json.dumps(_safe(document), indent=2, ensure_ascii=False)
    sys.stdout.write("".join(map(_escaped, text)) if not _plain(text) else text)
    sys.stdout.write("\n")


# No line of a plan is longer.
_UNFOLDED = 5_000


def print_with(write: "Callable[[Console], None]") -> None:
    """Print what is written to a console; into a pipe or a file each line stays one, unpadded."""
    from rich.console import Console

    place = console()
    if place.is_terminal or "COLUMNS" in os.environ:
        write(place)
        return
    text = StringIO()
    write(Console(file=text, markup=False, emoji=False, highlight=False, width=_UNFOLDED))
    print_lines(line.rstrip() for line in text.getvalue().removesuffix("\n").split("\n"))


def console(*, stderr: bool = False) -> "Console":
    """Return a console that takes no text for a command: no markup, no emoji, no highlights."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)


# Variables by which rich takes a pipe for a terminal.
_FORCED = frozenset(("FORCE_COLOR", "TTY_COMPATIBLE"))


def busy(words: str) -> AbstractContextManager[object]:
    """Show what is going on until it is done, where the output is a terminal."""
    # A pipe does not wait for rich to be loaded.
    if not (sys.stderr.isatty() or _FORCED & os.environ.keys()):
        return nullcontext()
    place = console(stderr=True)
    return place.status(shown(words)) if place.is_terminal else nullcontext()


@contextmanager
def stages() -> Generator[Callable[[str, int], Callable[[int], None]]]:
    """Give what begins a stage of so many steps; a bar for each, where somebody looks."""
    if not sys.stderr.isatty():
        yield lambda _words, _total: lambda _steps: None
        return
    from rich.progress import Progress

    with Progress(console=console(stderr=True), transient=True) as bar:

        def begin(words: str, total: int) -> Callable[[int], None]:
            task = bar.add_task(words, total=total)
            return lambda steps: bar.advance(task, steps)

        yield begin


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


def hidden_prompt() -> Callable[[str], str] | None:
    """Return what asks for a value that is not shown; None where nobody sits."""
    if not (sys.stdin and sys.stdin.isatty()):
        return None
    return lambda words: str(typer.prompt(shown(words), hide_input=True, err=True))
