"""The verbs `backup list`, `backup run` and `backup restore`."""

from typing import TYPE_CHECKING, Annotated

import typer

from documents.problem import refusal
from gitops.cli.terminal import busy, print_lines, say

if TYPE_CHECKING:
    from gitops.cli.backup.work import Keeper

app = typer.Typer(
    name="backup", no_args_is_help=True, help="Copies of what add-ons keep: list, take, restore."
)
Stack = Annotated[str, typer.Argument(help="The stack.", show_default=False)]
Of = Annotated[
    str, typer.Option("--of", help="Which add-on, where two are backed up: anythingllm or mlflow.")
]
Context = Annotated[str | None, typer.Option("--context", help="Context of kubectl.")]


@app.callback()
def group() -> None:
    """Copies of what add-ons keep: list, take, restore."""


@app.command("list")
def show(stack: Stack, of: Of = "", context: Context = None) -> None:
    """List the copies there are, oldest first.

    A Job in the cluster asks the store; no key of it is needed here.

    Example: localai-gitops backup list production
    """
    with busy("Asking the store"):
        found = _keeper(stack, of, context).listed()
    print_lines(found or ["no copy is there yet"])


@app.command("run")
def take(stack: Stack, of: Of = "", context: Context = None) -> None:
    """Take a copy now, and wait for it.

    Example: localai-gitops backup run production
    """
    with busy("Taking a copy"):
        lines = _keeper(stack, of, context).backed_up()
    print_lines(lines)


@app.command("restore")
def restore(  # noqa: PLR0913 (one argument an option of the command line)
    stack: Stack,
    source: Annotated[
        str, typer.Option("--from", help="Copy, as `backup list` names it.")
    ] = "latest",
    over: Annotated[
        str,
        typer.Option(
            "--over", help="`living-data`: replace the data there is, and end the pods meanwhile."
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    of: Of = "",
    context: Context = None,
) -> None:
    """Restore a copy.

    Refused where there is data, unless the word for it is given.

    Example: localai-gitops backup restore production --from latest --over living-data --dry-run
    """
    from gitops.cli.backup.work import WORD

    if over not in ("", WORD):
        raise refusal("--over", f"is {over!r:.40}", f"write `{WORD}`, or leave it out")
    if source == "list":
        raise refusal("--from", "is `list`, which is no copy", "use `backup list`")
    keeper = _keeper(stack, of, context)
    if dry_run:
        _, steps = keeper.planned(source, over=bool(over))
        print_lines(steps)
        return
    print_lines(keeper.restored(source, over=bool(over)))


def _keeper(stack: str, of: str, context: str | None) -> "Keeper":
    from gitops.adapters.kubectl import Kubectl
    from gitops.adapters.process import run
    from gitops.cli.backup.work import Keeper, one_of
    from gitops.cli.root import checkout

    root = checkout()
    settings, kept = one_of(root, stack, of)
    kubectl = Kubectl(run=run, folder=root, context=context)
    return Keeper(settings=settings, kept=kept, kubectl=kubectl, tell=say)
