"""The verb `promote`: a release goes into the next stack as a pull request, once its gates hold."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gitops.adapters.forge.place import Kind
from gitops.cli import exits
from gitops.cli.output import Output

_VARIABLE = "LOCALAI_FORGE_TOKEN"
_From = Annotated[str, typer.Argument(metavar="FROM", help="The stack it was proven in.")]
_To = Annotated[str, typer.Argument(metavar="TO", help="The stack it goes into.")]
_Models = Annotated[
    list[str] | None, typer.Option(help="Only this model of the release; may be repeated.")
]
_Evidence = Annotated[
    list[Path] | None,
    typer.Option(help="A file of `verify --evidence` or `accept`; may be repeated."),
]
_Context = Annotated[str | None, typer.Option(help="Context of kubectl for the cluster of FROM.")]


def promote(  # noqa: PLR0913 (one argument an option of the command line)
    source: _From,
    target: _To,
    model: _Models = None,
    evidence: _Evidence = None,
    context: _Context = None,
    remote: Annotated[str, typer.Option(help="Remote to push to.")] = "origin",
    forge: Annotated[
        Kind | None, typer.Option(help="What the remote is on [default: seen from its address].")
    ] = None,
    forge_url: Annotated[str, typer.Option(help="Address of the forge's REST interface.")] = "",
    token_file: Annotated[
        Path | None, typer.Option(help=f"File with the token [default: {_VARIABLE}].")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show gates and plan; ask no remote, write nothing.")
    ] = False,
    at_merge: Annotated[
        bool, typer.Option("--at-merge", help="As --dry-run, with the gates of the merge, too.")
    ] = False,
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT,
) -> None:
    """Propose a release of one stack for the next one.

    As a pull request, once its gates hold.

    It carries the plan, the evidence and the way back. The work tree stays as it is.

    Example: localai-gitops promote staging production --evidence smoke.json
    """
    from gitops.cli.promote import Options, Promotion
    from gitops.promotion.target import Asked

    options = Options(
        evidence=evidence or (), context=context, remote=remote, forge=forge, forge_url=forge_url,
        token_file=token_file, dry_run=dry_run or at_merge, at_merge=at_merge, output=output,
    )  # fmt: skip
    asked = Asked(source=source, target=target, models=tuple(dict.fromkeys(model or ())))
    if not Promotion(asked=asked, options=options, now=datetime.now(UTC)).run():
        raise typer.Exit(exits.REFUSED)
