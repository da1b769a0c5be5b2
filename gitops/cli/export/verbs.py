"""The verbs of `export`: a stack for one server, from the same declaration."""

from pathlib import Path
from typing import Annotated

import typer

from gitops.cli.terminal import busy, print_lines, say

app = typer.Typer(
    name="export",
    help="Write a stack for another home than a cluster.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("compose")
def compose(
    stack: Annotated[str, typer.Argument(help="The stack.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("compose"),
) -> None:
    """Write a stack as files of Compose, for one server.

    It says what a single server cannot do. `.env` is never overwritten.

    Example: localai-gitops export compose dev --out compose/dev
    """
    from gitops.cli.export.compose import write

    with busy("Exporting the stack"):
        left_out, to_set = write(stack, out)
    print_lines(left_out)
    for line in to_set:
        say(line)
    say(f"wrote {out}")
