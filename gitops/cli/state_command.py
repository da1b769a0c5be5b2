"""The verbs `state unlock` and `state orphans`."""

from typing import TYPE_CHECKING, Annotated

import typer

from gitops.cli import exits

if TYPE_CHECKING:
    from gitops.cli.state import Tended

app = typer.Typer(
    name="state", no_args_is_help=True, help="The engine's state of a stack, after it was killed."
)
Name = Annotated[str, typer.Argument(help="The stack.")]
Context = Annotated[str | None, typer.Option("--context", help="Context of kubectl.")]
InPod = Annotated[
    bool,
    typer.Option("--in-pod", help="Ask the engine in the operator's pod, which has the claim."),
]


@app.callback()
def group() -> None:
    """The engine's state of a stack, after it was killed."""


@app.command("unlock")
def unlock_state(
    name: Name,
    context: Context = None,
    in_pod: InPod = False,
    stopped: Annotated[
        list[str] | None,
        typer.Option(help="A host on which you know that no engine runs any more."),
    ] = None,
) -> None:
    """Take away a lock that a killed engine left.

    It looks first whether an engine runs.

    It looks at the process that took it, at the operator's pod and at its Updates.

    Example: localai-gitops state unlock dev
    """
    from gitops.cli.state import unlock

    unlock(_tended(name, context, in_pod=in_pod), stopped or ())


@app.command("orphans")
def show_orphans(
    name: Name,
    context: Context = None,
    in_pod: InPod = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete what is neither declared nor in the state.")
    ] = False,
) -> None:
    """Show where the state and the cluster know different objects.

    It changes nothing without --remove, and never deletes a claim. Exits with 3 if they differ.

    Example: localai-gitops state orphans dev
    """
    from gitops.cli.state import orphans

    if not orphans(_tended(name, context, in_pod=in_pod), remove=remove):
        raise typer.Exit(exits.DIFFERENT)


def _tended(name: str, context: str | None, *, in_pod: bool) -> "Tended":
    from gitops.adapters.kubectl import Kubectl
    from gitops.adapters.process import run
    from gitops.cli.root import checkout
    from gitops.cli.state import tended

    root = checkout()
    return tended(root, name, Kubectl(run=run, folder=root, context=context), in_pod=in_pod)
