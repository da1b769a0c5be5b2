"""The verbs `cluster render`, `cluster switch` and `cluster bootstrap`."""

from pathlib import Path
from typing import Annotated

import typer

from gitops.cli import exits
from gitops.cli.terminal import print_lines, say
from settings.stack.delivery import Delivery

app = typer.Typer(
    name="cluster", no_args_is_help=True, help="What a cluster pulls from this repository."
)
Name = Annotated[str, typer.Argument(help="The cluster.")]


@app.callback()
def group() -> None:
    """What a cluster pulls from this repository."""


@app.command("render")
def render_cluster(name: Name) -> None:
    """Write the manifests that Argo CD pulls into a cluster.

    They are committed; `check` says when they are stale.

    Example: localai-gitops cluster render main
    """
    from gitops.cli.cluster import write

    say(f"wrote {write(name)}")


@app.command("switch")
def switch_delivery(
    stack: Annotated[str, typer.Argument(help="The stack.")],
    to: Annotated[Delivery, typer.Option("--to", help="Who is to apply it.")],
) -> None:
    """Say how another writer applies a stack, step by step.

    It refuses where an object would be lost or a pod would restart. It changes nothing.

    Example: localai-gitops cluster switch dev --to rendered
    """
    from gitops.cli.cluster import steps

    print_lines(steps(stack, to))


Context = Annotated[str | None, typer.Option("--context", help="Context of kubectl.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do; change nothing.")]
Secrets = Annotated[
    Path | None, typer.Option(help="YAML file with values, as `namespace/secret: {key: value}`.")
]
SecretsFrom = Annotated[
    str | None,
    typer.Option(
        help="Program that prints one value, such as `vault kv get -field={key} ai/{secret}`."
    ),
]
Minutes = Annotated[int, typer.Option(min=1, max=240, help="How long to wait.")]


@app.command("bootstrap")
def bootstrap_cluster(  # noqa: PLR0913 (one argument an option of the command line)
    name: Name,
    *,
    context: Context = None,
    dry_run: DryRun = False,
    secrets: Secrets = None,
    secrets_from: SecretsFrom = None,
    minutes: Minutes = 20,
) -> None:
    """Make a cluster pull what was merged, and wait until it has.

    It looks first, does only what is still to do, and can be run again at any time. A Secret that
    is missing is asked for, unless a file or a program gives its values.

    Example: localai-gitops cluster bootstrap main --context home --dry-run
    """
    from gitops.adapters.kubectl import Kubectl
    from gitops.adapters.process import run
    from gitops.cli.bootstrap import Bootstrap, bootstrap, read
    from gitops.cli.root import checkout
    from gitops.cli.secret_values import Values
    from gitops.cli.terminal import hidden_prompt

    root = checkout()
    one = Bootstrap(
        root=root,
        cluster=read(root, name),
        kubectl=Kubectl(run=run, folder=root, context=context),
        run=run,
        seconds=minutes * 60.0,
    )
    values = Values(root=root, run=run, file=secrets, command=secrets_from, prompt=hidden_prompt())
    if not bootstrap(one, values, dry_run=dry_run):
        raise typer.Exit(exits.REFUSED)
