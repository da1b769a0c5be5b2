"""The command line: one function a verb, each parses, calls one use case, and exits."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from documents.problem import Problem, RefusedError
from gitops import VERSION
from gitops.cli import exits
from gitops.cli.accept import app as accept
from gitops.cli.adopt_command import adopt
from gitops.cli.backup.verbs import app as backup
from gitops.cli.cluster_command import app as cluster
from gitops.cli.evidence import app as evidence
from gitops.cli.explain import explain
from gitops.cli.export.verbs import app as export
from gitops.cli.export.verbs import imports
from gitops.cli.init import init
from gitops.cli.models import app as models
from gitops.cli.output import CheckOutput, Output
from gitops.cli.promote_command import promote
from gitops.cli.proof import proof
from gitops.cli.registry.verbs import app as registry
from gitops.cli.release import history, notify, release, rollback
from gitops.cli.stack import app as stack
from gitops.cli.state_command import app as state
from gitops.cli.terminal import print_lines, say
from gitops.cli.verify import verify

# As they are needed: begin, look, change, prove, move a release on, and tend what runs.
_ORDER = (
    "init", "stack", "models", "adopt",
    "preview", "check", "render", "explain", "digests",
    "verify", "accept", "proof", "evidence",
    "registry", "release", "history", "promote", "rollback", "notify",
    "cluster", "backup", "state", "export", "import", "sandbox", "comment",
)  # fmt: skip


class _InOrder(TyperGroup):
    """Verbs in an order that somebody new reads, and not in that of their registration."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all verbs."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    name="localai-gitops",
    cls=_InOrder,
    help="Declare which AI models run on which LocalAI servers, and see what a change does.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _named(begun: str) -> list[str]:
    """Return the stacks that a shell may complete a word to."""
    from gitops.cli.root import checkout
    from settings.file import stack_names

    try:
        return [name for name in stack_names(checkout()) if name.startswith(begun)]
    except RefusedError:
        return []


Stacks = Annotated[
    list[str] | None,
    typer.Argument(help="Stacks; all of them if none is named.", autocompletion=_named),
]


def _say_version(asked: bool) -> None:
    if asked:
        print_lines([f"localai-gitops {VERSION}"])
        raise typer.Exit


@app.callback()
def main_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Declare which AI models run on which LocalAI servers, and see what a change does."""
    del version, debug  # read by main(), which sees the arguments first


@app.command()
def preview(
    stacks: Stacks = None,
    base: Annotated[
        str | None,
        typer.Option(help="Commit to compare with, or `none` [default: the merge base]."),
    ] = None,
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT,
    live: Annotated[
        bool, typer.Option("--live", help="Also ask the engine, which looks at the cluster.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 3 when there is a difference.")
    ] = False,
) -> None:
    """Show what stacks declare, and what a change does to them.

    First in models, then in objects.

    Example: localai-gitops preview dev --base origin/main
    """
    from gitops.cli.preview import preview as show

    plan = show(stacks or (), base, output, live=live)
    if plan.refused:
        raise typer.Exit(exits.REFUSED)
    if exit_code and plan.differs:
        raise typer.Exit(exits.DIFFERENT)


@app.command()
def render(
    stack: Annotated[str | None, typer.Argument(help="The stack.", autocompletion=_named)] = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("rendered"),
    every: Annotated[
        bool, typer.Option("--all", help="Every stack, each in a folder of its own.")
    ] = False,
    to_output: Annotated[
        bool, typer.Option("--stream", help="One YAML stream on standard output, and no folder.")
    ] = False,
) -> None:
    """Write the objects of a stack as YAML files.

    They have the same bytes every time.

    Example: localai-gitops render dev --out rendered/dev
    """
    from gitops.cli.render import render as write
    from gitops.cli.render import stream

    if (stack is None) != every:
        raise typer.BadParameter("name one stack, or give --all")
    if to_output:
        if stack is None:
            raise typer.BadParameter("--stream is of one stack: name it")
        stream(stack, sys.stdout.buffer)
        return
    for folder, left_out in (folders := write([stack] if stack else (), out, nested=every)):
        say(f"wrote {folder}{left_out}")
    if not folders:
        say("no stack is declared: wrote nothing")


@app.command()
def comment(
    file: Annotated[Path, typer.Argument(help="What `preview --output json` printed.")],
    head: Annotated[str, typer.Option(help="Branch of the pull request, as owner:branch.")],
    commit: Annotated[str, typer.Option(help="Commit that was previewed, all 40 digits of it.")],
    author: Annotated[
        str, typer.Option(help="Who writes the comment, so that the same one is updated.")
    ] = "github-actions[bot]",
) -> None:
    """Write a plan as the comment of its pull request.

    A job that trusts only its own code runs it.

    Example: localai-gitops comment plan.json --head you:branch --commit "$(git rev-parse HEAD)"
    """
    from gitops.cli.comment import comment as post

    done, why = post(file, head, commit, author, datetime.now(UTC))
    say(f"comment {done}")
    if why:
        say(f"{file}: {why}")
        raise typer.Exit(exits.REFUSED)


@app.command()
def check(
    stacks: Stacks = None,
    output: Annotated[CheckOutput, typer.Option(help="How to print it.")] = CheckOutput.TEXT,
    sources: Annotated[
        bool, typer.Option("--sources", help="Also ask where weights come from, for headers alone.")
    ] = False,
    allow_network: Annotated[
        list[str] | None,
        typer.Option(help="A private network that sources may be in, such as 10.1.0.0/16."),
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates to trust in addition to the public ones.")
    ] = None,
) -> None:
    """Check settings, models and every object they make.

    It works offline, unless --sources is given.

    Example: localai-gitops check staging production
    """
    from gitops.cli.check import check as judge
    from gitops.sources.command import source_options

    if (allow_network or ca_file) and not sources:
        raise typer.BadParameter("--allow-network and --ca-file are for --sources")
    options = source_options(allow_network or (), ca_file) if sources else None
    if judge(stacks or (), output, date.today(), options):
        raise typer.Exit(exits.REFUSED)


app.command()(adopt)
app.add_typer(models)
app.add_typer(stack)
app.command()(explain)
app.command()(verify)
app.command()(promote)
app.command()(proof)
app.add_typer(accept)
app.add_typer(evidence)
app.add_typer(registry)
app.add_typer(export)
app.add_typer(imports)
app.command()(init)
app.command()(release)
app.command()(history)
app.command()(rollback)
app.command()(notify)

digests = typer.Typer(no_args_is_help=True, help="Digests of the images of a stack.")
app.add_typer(digests, name="digests")


@digests.command()
def lock(
    stack: Annotated[str | None, typer.Argument(help="The stack.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every stack.")] = False,
    allow_network: Annotated[
        list[str] | None,
        typer.Option(help="A private network that registries may be in, such as 10.1.0.0/16."),
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates to trust in addition to the public ones.")
    ] = None,
) -> None:
    """Ask registries for the digests of a stack's images, and list them.

    Example: localai-gitops digests lock production
    """
    from gitops.cli.digests import lock as write
    from gitops.sources.command import source_options

    if (stack is None) != every:
        raise typer.BadParameter("name one stack, or give --all")
    for line in write([stack] if stack else (), source_options(allow_network or (), ca_file)):
        say(f"wrote {line}")


app.add_typer(cluster)
app.add_typer(backup)
app.add_typer(state)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def sandbox(context: typer.Context) -> None:
    """Run a whole cluster on this machine.

    Its verbs: toolchain, up, run, down, status, logs, kubectl.
    `run dev` serves a stack until Ctrl-C.

    Example: localai-gitops sandbox up --real-node
    """
    try:
        from sandbox.cli import app as verbs
    except ModuleNotFoundError as missing:
        if "sandbox" not in (missing.name or "").split("."):
            raise
        cause, cure = "is not part of the package", "run it in a checkout of the tool itself"
        raise RefusedError([Problem(file="sandbox", path=(), cause=cause, cure=cure)]) from None

    verbs(context.args, prog_name="localai-gitops sandbox")
