"""The sandbox verbs: parse, call one use case, print, exit."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sandbox.errors import SandboxError
from sandbox.toolchain.ensure import ensure
from sandbox.toolchain.system import SYSTEM_PACKAGES, install_line, missing

app = typer.Typer(help="A whole cluster on this machine.", no_args_is_help=True)


def progress(text: str) -> None:
    """Write a piece of a progress line to standard error."""
    sys.stderr.write(text)
    sys.stderr.flush()


def fail(error: SandboxError) -> typer.Exit:
    """Print a refusal and return the exit that tells scripts of it."""
    typer.echo(str(error), err=True)
    return typer.Exit(1)


@app.command()
def toolchain(
    names: Annotated[
        list[str] | None, typer.Argument(help="Tools; all when none is named.")
    ] = None,
    *,
    system: Annotated[bool, typer.Option(help="Only check the distribution's packages.")] = False,
) -> None:
    """Have every tool: find it on the machine, or build it once. Example: toolchain kwok."""
    if system:
        raise typer.Exit(check_system())
    try:
        tools = ensure(names or (), progress)
    except SandboxError as error:
        raise fail(error) from error
    for name, path in sorted(tools.programs.items()):
        typer.echo(f"{name}\t{path}")


def check_system() -> int:
    """Print each package of the distribution and whether it is there; return the exit code."""
    lacking = missing()
    for package in SYSTEM_PACKAGES:
        state = "missing" if package in lacking else "present"
        typer.echo(f"{state}\t{package.package}\t{package.purpose}")
    if lacking:
        typer.echo(f"Install them with: {install_line(lacking)}", err=True)
    return 1 if lacking else 0
