"""The verb `stack new`: a stack out of another one."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from gitops.cli.terminal import busy, print_lines, say

if TYPE_CHECKING:
    from gitops.validation.judgement import Judgement

app = typer.Typer(
    name="stack", help="Write a new stack file.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def group() -> None:
    """Write a new stack file."""


@app.command("new")
def new_stack(
    name: Annotated[str, typer.Argument(help="Name of the new stack.")],
    source: Annotated[str, typer.Option("--from", help="The stack to start from.")],
    namespace: Annotated[
        str | None, typer.Option(help="Its namespace; made from its name if absent.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="Its cluster; the same if absent.")] = None,
    host: Annotated[
        str | None, typer.Option(help="Host of its exposure; made from its name if absent.")
    ] = None,
) -> None:
    """Write a stack file like another one.

    Comments and order stay. It is checked before it is written.

    Example: localai-gitops stack new qa --from staging
    """
    from documents.files import declared_bytes
    from documents.reader import LARGEST_BYTES
    from gitops.authoring.stack_file import Wanted, checked, copied
    from gitops.cli.new_files import write_new
    from gitops.cli.root import checkout
    from models.catalog import read_catalog
    from settings.file import read_stack_file

    root = checkout()
    read_stack_file(root, source)
    text = declared_bytes(root, f"Pulumi.{source}.yaml", most=LARGEST_BYTES).decode()
    wanted = Wanted(stack=name, source=source, namespace=namespace, cluster=cluster, host=host)
    made = copied(text, wanted)
    with busy("Checking the stack"):
        found = checked(root, name, made, read_catalog(root), date.today())
    cure = "move it, or choose another name"
    for file in write_new(root, {f"Pulumi.{name}.yaml": made}, force=False, cure=cure):
        print_lines([f"wrote {file}"])
    _say(name, found, floats="localai:release: floats" in made)


def _say(name: str, found: "Judgement", *, floats: bool) -> None:
    for line in found.refusals:
        say(f"before it passes `check`: {line}")
    for line in found.notes:
        say(f"note: {line}")
    by_tag = any(one.rule == "image-by-digest" for one in found.refusals)
    lock = [f"  localai-gitops digests lock {name}"] if by_tag else []
    # Until then, an edit of models/ reaches it at once.
    release = [] if floats else [f"  localai-gitops release {name}"]
    files = f"Pulumi.{name}.yaml" if floats else f"Pulumi.{name}.yaml releases/{name}.yaml"
    print_lines(
        ["next:", *lock, *release, f"  localai-gitops preview {name}", f"  git add {files}",
         f"  pulumi stack init {name}"]
    )  # fmt: skip
