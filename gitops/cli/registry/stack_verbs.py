"""The verbs of `registry` that are about stacks: what they declare, and what aliases say."""

from pathlib import Path
from typing import Annotated

import typer

from documents.problem import refusal
from gitops.cli import exits
from gitops.cli.output import Output
from gitops.cli.registry import connection as to
from gitops.cli.terminal import busy, print_json, print_lines, print_table, say

Name = Annotated[str, typer.Argument(help="Registered model.", show_default=False)]
Which = Annotated[
    str, typer.Argument(help="Its number, semantic version or alias.", show_default=False)
]
Stack = Annotated[str, typer.Argument(help="The stack.", show_default=False)]


def declare(  # noqa: PLR0913 (one argument an option of the command line)
    name: Name,
    version: Which,
    stack: Annotated[str, typer.Option(help="The stack that is to serve it.")],
    label: Annotated[str, typer.Option(help="Its name there [default: that of the model].")] = "",
    image: Annotated[
        str,
        typer.Option(
            help="Image of the model server [default: that of another model of the stack]."
        ),
    ] = "",
    registry_url: Annotated[
        str,
        typer.Option(
            help="Where pods reach the registry [default: as another model of the stack]."
        ),
    ] = "",
    registry_namespace: Annotated[str, typer.Option(help="Namespace of that registry.")] = "",
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
) -> None:
    """Write a version into a stack file.

    With what the registry says of it; comments and order stay.

    Example: localai-gitops registry declare digits 2 --stack dev
    """
    from gitops.cli.registry.stacks import Wanted
    from gitops.cli.registry.stacks import declare as write

    place = {"url": registry_url, "namespace": registry_namespace}
    wanted = Wanted(
        name=name, version=version, stack=stack, label=label, image=image,
        registry={key: one for key, one in place.items() if one},
    )  # fmt: skip
    login = to.Login(url=url, user_variable=user_variable, password_variable=password_variable)
    with busy("Asking the registry"):
        lines = list(write(wanted, login.connected()))
    print_lines(lines)


def check(
    stacks: Annotated[
        list[str] | None, typer.Argument(help="Stacks; all of them if none is named.")
    ] = None,
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
    output: Annotated[Output, typer.Option("--output", help="How to print it.")] = Output.TEXT,
) -> None:
    """Compare what stacks declare with the registry.

    A version that is gone, another digest, other metrics or a file that is not there: exit code 1.

    Example: localai-gitops registry check staging production
    """
    from gitops.cli.registry.stacks import compared
    from gitops.cli.root import checkout
    from settings.file import read_stack_file, stack_names

    login = to.Login(url=url, user_variable=user_variable, password_variable=password_variable)
    registry, root = login.connected(), checkout()
    files = [read_stack_file(root, one) for one in stacks or stack_names(root)]
    with busy("Asking the registry"):
        found = [(file, row) for file in files for row in compared(file, registry)]
    if output is Output.JSON:
        print_json({"version": 1, "models": [row.document for _, row in found]})
    else:
        head = ("stack", "served model", "version", "semver", "accuracy", "f1", "alias", "verdict")
        print_table(head, [row.cells for _, row in found], output)
    for file, row in found:
        if row.wrong:
            say(str(row.problem(file)))
        elif row.alias != row.declared.version:
            say(f"note: {row.stack}: its alias names {row.alias or 'no version'} of "
                f"{row.declared.model}; `localai-gitops registry follow {row.stack}` "
                "once it serves what it declares")  # fmt: skip
    if any(row.wrong for _, row in found):
        raise typer.Exit(exits.REFUSED)


def follow(  # noqa: PLR0913 (one argument an option of the command line)
    stack: Stack,
    context: Annotated[
        str | None, typer.Option(help="Context of kubectl, whose pods must serve what is declared.")
    ] = None,
    verified: Annotated[
        bool, typer.Option("--verified", help="It was seen to serve that; ask no cluster.")
    ] = False,
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
) -> None:
    """Have the alias of a stack name what it serves.

    After a promotion was verified, and after a rollback: the stack file is what counts.

    Example: localai-gitops registry follow staging --context staging
    """
    from gitops.adapters.kubectl import Kubectl
    from gitops.adapters.process import run
    from gitops.cli.registry.stacks import follow as move
    from gitops.cli.root import checkout
    from settings.file import read_stack_file

    if (context is None) != verified:
        raise refusal("--context", "or --verified: exactly one is needed", "give one of them")
    login = to.Login(url=url, user_variable=user_variable, password_variable=password_variable)
    file = read_stack_file(checkout(), stack)
    kubectl = None if verified else Kubectl(run=run, folder=Path.cwd(), context=context)
    with busy("Asking the cluster and the registry"):
        lines = list(move(file, login.connected(), kubectl))
    print_lines(lines or [f"{stack}: its aliases name what it declares"])


def delete(
    name: Name,
    version: Which,
    url: to.Url = "",
    user_variable: to.UserVariable = to.USER,
    password_variable: to.PasswordVariable = to.PASSWORD,
) -> None:
    """Delete a version that nothing serves.

    One that an alias names, or a stack of this checkout declares, is refused.

    Example: localai-gitops registry delete digits 1
    """
    from gitops.cli.registry.stacks import delete as remove

    login = to.Login(url=url, user_variable=user_variable, password_variable=password_variable)
    with busy("Asking the registry"):
        found = remove(name, version, login.connected())
    print_lines([f"deleted version {found} of {name}; `mlflow gc` frees its file"])
