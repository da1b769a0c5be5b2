"""`release`, `history`, `rollback`, `notify`: what a stack serves as one thing, then and now."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitops.cli.output import Output
from gitops.cli.terminal import busy, print_json, print_lines, print_table, say

if TYPE_CHECKING:
    from gitops.cli.rollback import Rollback

Stack = Annotated[str, typer.Argument(help="The stack.", show_default=False)]


def release(
    stack: Stack,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the models of the present release as they are.")
    ] = False,
) -> None:
    """Write the release file of a stack.

    It holds the models as models/ has them now. Where the stack before has proven a release,
    promote that one instead.

    Example: localai-gitops release production
    """
    from gitops.cli.new_files import write_new
    from gitops.cli.root import checkout
    from gitops.planning.release import next_release, refuse_first
    from models.catalog import read_catalog
    from settings.file import read_stack_file, stack_names
    from settings.release import differences, release_name, short

    root = checkout()
    refuse_first(stack, alone=stack_names(root) == [stack])
    with busy("Reading the stack"):
        file = read_stack_file(root, stack)
        made = next_release(file, read_catalog(root), keep=keep)
    if file.release and file.release.text == made.text:
        say(f"{release_name(stack)} is up to date: release {short(made.digest)}")
        return
    write_new(root, {release_name(stack): made.text}, force=True)
    before = f"{short(file.release.digest)} -> " if file.release else ""
    print_lines([f"wrote {release_name(stack)}: release {before}{short(made.digest)}"])
    for one in differences(file.release.summary, made.summary) if file.release else ():
        print_lines([f"  {one}"])
    print_lines(["next:", f"  localai-gitops preview {stack}", f"  git add {release_name(stack)}"])


def history(
    stack: Stack,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Show so many.")] = 20,
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT,
) -> None:
    """List the releases that a stack had, newest first.

    Example: localai-gitops history production
    """
    from gitops.cli.root import checkout
    from gitops.promotion.releases import history_document, releases
    from settings.file import read_stack_file
    from settings.release import read_blocked, short

    root = checkout()
    file = read_stack_file(root, stack)
    found, blocks = releases(root, stack), read_blocked(root)
    if output is Output.JSON:
        print_json(history_document(stack, found[:most], blocks))
        return
    blocked = {one.release: one.reason for one in blocks}
    rows = [
        (short(one.digest), one.time[:16].replace("T", " "), one.commit[:9], one.server,
         str(one.models), f"BLOCKED: {blocked[one.digest]}" if one.digest in blocked
         else one.subject)
        for one in found[:most]
    ]  # fmt: skip
    if not rows and output is Output.TEXT:
        say(_no_history(stack, root, written=file.release is not None))
        return
    print_table(("release", "committed", "commit", "server", "models", "why"), rows, output)
    if len(found) > most:
        say(f"{len(found) - most} older ones: --most {len(found)}")


def _no_history(stack: str, root: Path, *, written: bool) -> str:
    from gitops.planning.checkout import is_first
    from settings.file import stack_names
    from settings.release import release_name

    if written:
        return f"{stack}: had no release yet; commit {release_name(stack)}"
    if is_first(stack, alone=stack_names(root) == [stack]):
        return f"{stack}: serves models/ as they are, so `git log models/` is its history"
    return f"{stack}: had no release yet; write one with `localai-gitops release {stack}`"


To = Annotated[str | None, typer.Option(help="Release to go back to [default: the one before].")]
Reason = Annotated[str, typer.Option(help="Why; the bad release is blocked with it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and write nothing.")]
Notifies = Annotated[bool, typer.Option("--notify", help="Tell whom `notices` of the stack names.")]
Aborted = Annotated[
    bool,
    typer.Option(
        "--aborted", help="Only if the cluster aborted a rollout of what the stack declares."
    ),
]
Context = Annotated[
    str | None, typer.Option(help="Context of kubectl that --aborted asks [default: yours].")
]
Wait = Annotated[int, typer.Option(min=0, help="Seconds that --aborted waits for rollouts to end.")]
Pushes = Annotated[
    bool, typer.Option("--push", help="Push the commit to origin, if that is where it was.")
]


def rollback(  # noqa: PLR0913 (one argument an option of the command line)
    stack: Stack,
    to: To = None,
    reason: Reason = "it was rolled back",
    dry_run: DryRun = False,
    notifies: Notifies = False,
    aborted: Aborted = False,
    context: Context = None,
    wait: Wait = 0,
    pushes: Pushes = False,
) -> None:
    """Go back to an earlier release by one commit.

    Nothing is applied: whoever syncs the branch does that once it is pushed.

    Example: localai-gitops rollback production --reason "answers are cut off"
    """
    from gitops.cli.notices import rolled_back
    from gitops.cli.rollback import commit, held, push

    bad = _aborted(stack, context, wait, asked=aborted)
    if aborted and not bad:
        print_lines([f"{stack}: its rollouts are healthy, and nothing is rolled back"])
        return
    with busy("Looking for the way back"):
        reason = "; ".join(f"{name}: {why}" for name, why in bad.items()) or reason
        made = _prepared(stack, to, reason, bad)
    print_lines([*made.lines(), *held(stack)])
    if dry_run:
        say("nothing was written")
        return
    # Read now: an older stack file may come back, which told nobody.
    tell = rolled_back(made) if notifies else None
    done = commit(made, reason)
    print_lines([f"commit {done[:9]}: {made.named}"])
    print_lines([f"pushed to {push(done)}" if pushes else "next: git push"])
    if tell:
        tell()


def _prepared(stack: str, to: str | None, reason: str, bad: Mapping[str, str]) -> "Rollback":
    from gitops.cli.rollback import rollback as prepare
    from gitops.promotion.rollback import blame

    made = prepare(stack, to, reason, date.today())
    blame(bad, made.old, made.new)
    return made


def _aborted(stack: str, context: str | None, seconds: int, *, asked: bool) -> dict[str, str]:
    if not asked:
        if context or seconds:
            raise typer.BadParameter("--context and --wait are of --aborted")
        return {}
    from gitops.adapters.kubectl import Kubectl
    from gitops.adapters.process import run
    from gitops.cli.rollback import aborted
    from gitops.cli.root import checkout
    from settings.file import read_stack_file

    file = read_stack_file(checkout(), stack)
    kubectl = Kubectl(run=run, folder=Path.cwd(), context=context)
    with busy("Waiting for the rollouts" if seconds else "Asking the cluster"):
        return aborted(file, kubectl, seconds)


def notify(
    event: Annotated[
        str,
        typer.Argument(help="opened, merged, verified, failed or rolled-back.", show_default=False),
    ],
    stack: Stack,
    pull_request: Annotated[
        str, typer.Option(help="Address of the pull request, for a link.")
    ] = "",
) -> None:
    """Tell people what became of the release that a stack has.

    Whom, the stack says under `notices`. It remembers nothing: the same notice has the same key
    again. One that cannot be sent is a warning.

    Example: localai-gitops notify verified production
    """
    from gitops.cli.notices import notify as send

    send(event, stack, pull_request)
