"""The verbs of `export`: a stack for one server, from the same declaration."""

from pathlib import Path
from typing import Annotated

import typer

from gitops.cli.terminal import busy, print_lines, say, stages

imports = typer.Typer(
    name="import",
    help="Fill a site without a network from a bundle.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app = typer.Typer(
    name="export",
    help="Write a stack for another home than a cluster.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("compose")
def compose(
    stack: Annotated[str, typer.Argument(help="The stack.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("compose"),
) -> None:
    """Write a stack as files of Compose, for one server.

    It says what a single server cannot do. What `.env` says is never overwritten;
    ports and GPUs of what is new are added to it.

    Example: localai-gitops export compose dev --out compose/dev
    """
    from gitops.cli.export.compose import write

    with busy("Exporting the stack"):
        left_out, to_set = write(stack, out)
    print_lines(left_out)
    for line in to_set:
        say(line)
    say(f"wrote {out}")


Plain = Annotated[
    bool, typer.Option("--plain-http", help="The registry has no TLS, as one of this machine.")
]


@app.command("bundle")
def bundle(  # noqa: PLR0913 (one argument an option of the command line)
    stacks: Annotated[list[str], typer.Argument(help="The stacks.", show_default=False)],
    out: Annotated[Path, typer.Option(help="File to write.")],
    tool: Annotated[
        Path | None, typer.Option(help="Folder of the tool's wheel and of those it needs.")
    ] = None,
    charts: Annotated[Path | None, typer.Option(help="Folder of the charts' archives.")] = None,
    since: Annotated[
        Path | None, typer.Option(help="Bundle that the other side has: carry the rest alone.")
    ] = None,
    sign_with: Annotated[Path | None, typer.Option(help="Key of OpenSSH to sign it with.")] = None,
    plain_http: Plain = False,
) -> None:
    """Write all that stacks need into one file, for a closed site.

    Images, engines and weights by digest, manifests and Compose files. A run that was cut goes on.

    Example: localai-gitops export bundle production --out production.bundle --tool dist
    """
    from gitops.adapters.skopeo import Skopeo
    from gitops.cli.export.bundle import Wish, write

    with stages() as bar:
        made = write(Wish(
            stacks=stacks, out=out.absolute(), tool=tool, charts=charts, since=since,
            key=sign_with, skopeo=Skopeo(insecure=plain_http), bar=bar,
        ))  # fmt: skip
    left = len(made.entries) - len(made.here)
    known = f", {left} more are in {since}" if left else ""
    say(f"wrote {out}: {len(made.here)} files, {made.size} bytes{known}")


@imports.command("bundle")
def import_bundle(  # noqa: PLR0913 (one argument an option of the command line)
    file: Annotated[Path, typer.Argument(help="The bundle.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for images, manifests, charts and the tool.")],
    weights: Annotated[
        list[Path] | None, typer.Option(help="Folder of weights, once for each [default: models].")
    ] = None,
    push: Annotated[
        bool, typer.Option("--push", help="Also fill the registry that the stacks pull from.")
    ] = False,
    registry: Annotated[
        str, typer.Option(help="A registry to fill instead, such as registry.example.com:5000.")
    ] = "",
    signers: Annotated[
        Path | None, typer.Option(help="Allowed signers: refuse what none of them signed.")
    ] = None,
    plain_http: Plain = False,
) -> None:
    """Verify a bundle whole, and then fill folders and a registry.

    Example: localai-gitops import bundle production.bundle --out site --signers signers --push
    """
    from gitops.adapters.skopeo import Skopeo
    from gitops.cli.export.importing import Order, take

    out = out.absolute()
    with stages() as bar:
        made = take(Order(
            bundle=file, out=out, weights=[one.absolute() for one in weights or [out / "models"]],
            registry=registry, push=push or bool(registry), signers=signers,
            skopeo=Skopeo(insecure=plain_http), bar=bar,
        ))  # fmt: skip
    say(f"took {len(made.here)} files of {', '.join(made.stacks)} into {out}")
