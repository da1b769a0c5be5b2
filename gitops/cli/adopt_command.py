"""The verb `adopt` of the command line: its options, each with its help."""

from pathlib import Path
from typing import Annotated

import typer

from gitops.cli import exits
from gitops.cli.output import Output

Namespace = Annotated[str, typer.Option("--namespace", help="Namespace in which LocalAI runs.")]
Stack = Annotated[str, typer.Option("--stack", help="Name of the new stack.")]
Context = Annotated[str | None, typer.Option("--context", help="Context of kubectl.")]
From = Annotated[
    Path | None,
    typer.Option("--from", help="File of objects instead of a cluster (`kubectl get … -o json`)."),
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", help="Identity of the cluster; its context if absent.")
]
Gpu = Annotated[
    str | None, typer.Option("--gpu", help="GPU profile, where no node label tells it.")
]
Workloads = Annotated[
    list[str] | None,
    typer.Option("--workload", help="What serves models, where its image does not tell."),
]
Clients = Annotated[
    list[str] | None, typer.Option("--client", help="A namespace whose pods call the servers.")
]
Models = Annotated[
    Path | None,
    typer.Option("--models", help="Folder with further model files, such as copies from a claim."),
]
Facts = Annotated[
    Path | None,
    typer.Option("--facts", help="Digests and sizes of files, as the report's command tells them."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")]


def adopt(  # noqa: PLR0913 (one argument an option of the command line)
    *,
    namespace: Namespace,
    stack: Stack,
    context: Context = None,
    file: From = None,
    cluster: Cluster = None,
    gpu: Gpu = None,
    workload: Workloads = None,
    client: Clients = None,
    models: Models = None,
    facts: Facts = None,
    force: Force = False,
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT,
) -> None:
    """Write the stack and model files of a LocalAI that runs.

    Then say what changes once they are applied.

    Nothing in the cluster is changed, and no Secret is read.

    Example: localai-gitops adopt --namespace ai --stack production --context home
    """
    from gitops.cli.adopt import Wanted
    from gitops.cli.adopt import adopt as take_over

    wanted = Wanted(
        namespace=namespace, stack=stack, context=context, file=file, cluster=cluster, gpu=gpu,
        workloads=workload or (), clients=client or (), models=models, facts=facts, force=force,
    )  # fmt: skip
    if not take_over(wanted, output):
        raise typer.Exit(exits.REFUSED)
