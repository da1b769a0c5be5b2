"""The sandbox verbs: parse, call one use case, print, exit."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from sandbox.cluster.layout import layout
from sandbox.cluster.lifecycle import down as take_down
from sandbox.cluster.lifecycle import find_running, locked, require_root
from sandbox.cluster.lifecycle import up as bring_up
from sandbox.cluster.netns import enter
from sandbox.cluster.processes import tail
from sandbox.cluster.sandbox import report
from sandbox.errors import SandboxError
from sandbox.existing.client import ContextError, client, installed
from sandbox.existing.prepare import declared_objects, prepare
from sandbox.toolchain.ensure import SYSTEM_PACKAGES, ensure, install_line, missing

app = typer.Typer(help="A whole cluster on this machine.", no_args_is_help=True)

Name = Annotated[str, typer.Option("--name", help="Which sandbox; several may run at once.")]
Tools = Annotated[list[str] | None, typer.Argument(help="Tools; all when none is named.")]
System = Annotated[bool, typer.Option("--system", help="Only check the distribution's packages.")]
RealNode = Annotated[bool, typer.Option("--real-node", help="Add a node that runs containers.")]
Context = Annotated[str, typer.Option("--context", help="Use this kubeconfig context's cluster.")]
Stack = Annotated[str, typer.Argument(help="A stack of the project.")]
Project = Annotated[Path, typer.Option("--project", help="Folder of the stack file and models/.")]
Program = Annotated[str, typer.Argument(help="A program of the cluster, such as kubelet.")]
Lines = Annotated[int, typer.Option(help="How many lines from the end.")]


def progress(text: str) -> None:
    """Write a piece of a progress line to standard error."""
    sys.stderr.write(text)
    sys.stderr.flush()


@contextmanager
def refusals() -> Generator[None]:
    """Turn an error of the sandbox into its sentence and exit code 1."""
    try:
        yield
    except SandboxError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command()
def toolchain(names: Tools = None, *, system: System = False) -> None:
    """Have every tool: on the machine, downloaded or built once. Example: toolchain kwok."""
    if system:
        raise typer.Exit(check_system())
    with refusals():
        tools = ensure(names or (), progress, thorough=True)
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


@app.command()
def up(*, name: Name = "default", real_node: RealNode = False, context: Context = "") -> None:
    """Bring a cluster up and print its kubeconfig. Example: up --name try --real-node.

    Without root or Linux: `up --context NAME` adds what is missing to a cluster that is there.
    """
    if context:
        raise typer.Exit(use_existing(context, real_node=real_node))
    with refusals():
        sandbox = bring_up(layout(name), real=real_node, progress=progress)
    typer.echo(sandbox.kubeconfig)


def use_existing(context: str, *, real_node: bool) -> int:
    """Prepare the cluster of a context and print what it has and lacks; return the exit code."""
    with refusals():
        if real_node:
            raise ContextError(
                "An existing cluster has its own nodes", "Leave out --real-node or --context"
            )
        chosen = client(context, progress, installed)
        text, complete = prepare(chosen, declared_objects(Path.cwd()))
    typer.echo(text)
    return 0 if complete else 1


@app.command()
def run(stack: Stack, *, name: Name = "run", project: Project = Path()) -> None:
    """Serve a stack on a cluster of its own, until Ctrl-C. Example: run dev.

    One pool really serves, with tiny models in place of its own; the others are on fake nodes.
    """
    from sandbox.serving.run import running

    # An end from outside takes everything down, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with refusals(), running(layout(name), project.resolve(), stack, progress) as made:
        typer.echo(made.text())
        progress("Ctrl-C takes all of it down\n")
        with suppress(KeyboardInterrupt):
            signal.pause()


@app.command()
def down(*, name: Name = "default") -> None:
    """Take a cluster down and remove all it made. Example: down --name try."""
    with refusals():
        require_root(os.geteuid())
        places = layout(name)
        with locked(places):
            existed = take_down(places)
    progress(f"sandbox {name}: {'removed' if existed else 'there was nothing to remove'}\n")


@app.command()
def status(*, name: Name = "default") -> None:
    """Print the programs and nodes of a cluster; exit 1 unless all is well. Example: status."""
    with refusals():
        text, healthy = report(find_running(layout(name)))
    typer.echo(text)
    raise typer.Exit(0 if healthy else 1)


@app.command()
def logs(program: Program = "", *, lines: Lines = 50, name: Name = "default") -> None:
    """Print the end of a program's log, or the names of all logs. Example: logs kubelet."""
    with refusals():
        text = tail(layout(name), program, lines)
    typer.echo(text)


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def kubectl(context: typer.Context, *, name: Name = "default") -> None:
    """Run kubectl inside the cluster's namespace. Example: kubectl -- get nodes."""
    with refusals():
        sandbox = find_running(layout(name))
    argv = [*enter(sandbox.netns), sandbox.tools.program("kubectl"), *context.args]
    os.execvpe(argv[0], argv, {**os.environ, **sandbox.environment})  # noqa: S606
