"""The verb `proof`: reads what the Jobs of a stack have proven in its cluster."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from documents.problem import Problem, RefusedError
from gitops.cli import exits
from gitops.cli.output import Output
from gitops.cli.terminal import print_json, print_lines, print_table

if TYPE_CHECKING:
    from components.parts.context import Context
    from components.pool.pool import Pool
    from gitops.acceptance.inside import Proof

_HEAD = ("pool", "job", "proof", "why")


def proof(
    stack: Annotated[str, typer.Argument(help="The stack.", show_default=False)],
    context: Annotated[str | None, typer.Option(help="Context of kubectl.")] = None,
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT,
) -> None:
    """Read what the Jobs of a stack have proven.

    In its cluster, of each pool as it is declared here.

    Example: localai-gitops proof production --context main
    """
    from gitops.acceptance.inside import State, document
    from gitops.cli.root import checkout
    from gitops.planning.checkout import resolved_stack

    root = checkout()
    declared, pools = resolved_stack(root, stack)
    found = _read(declared, pools, root, context)
    proven = bool(found) and all(one.state is State.PROVEN for one in found)
    if output is Output.JSON:
        print_json(document(stack, found))
    else:
        rows = ((one.pool, one.job, one.state, _told(one)) for one in found)
        print_table(_HEAD, rows, output)
        nothing = " (it has no Job: see `localai:verify`)" if not found else ""
        does = "was proven to serve" if proven else "was not proven to serve"
        print_lines([f"{stack}: {does} what is declared{nothing}"])
    if not proven:
        raise typer.Exit(exits.REFUSED)


def _told(one: "Proof") -> str:
    return f"{one.why}; {one.cure}" if one.cure else one.why


def _read(
    declared: "Context", pools: "tuple[Pool, ...]", root: Path, context: str | None
) -> "tuple[Proof, ...]":
    """Return what the Jobs of a stack have proven.

    Raises:
        RefusedError: the cluster cannot be read.
    """
    from gitops.acceptance.inside import SELECTOR, proofs
    from gitops.adapters.kubectl import Kubectl, KubectlError
    from gitops.adapters.process import run

    kubectl = Kubectl(run=run, folder=root, context=context)
    namespace = declared.settings.namespace
    where = ("--namespace", namespace, "--selector", SELECTOR)
    try:
        jobs, pods = (kubectl.get(kind, *where).get("items", []) for kind in ("jobs", "pods"))
    except KubectlError as error:
        place = f"namespace {namespace}"
        problem = Problem(file=place, path=(), cause=error.cause, cure=error.cure)
        raise RefusedError([problem]) from None
    return proofs(pools, jobs, pods)
