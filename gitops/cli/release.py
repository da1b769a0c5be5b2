"""`release`: writes what a stack serves from now on, as one file."""

from typing import Annotated

import typer

from gitops.cli.terminal import busy, print_lines, say

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
