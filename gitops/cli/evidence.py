"""`evidence show` and `evidence verify`: what was seen at a stack, and whether it still counts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from documents.files import given_bytes
from documents.problem import RefusedError, refusal
from gitops.cli.output import Output
from gitops.cli.terminal import print_json, print_lines, print_table

if TYPE_CHECKING:
    from gitops.acceptance.evidence import Evidence

app = typer.Typer(
    name="evidence",
    help="Evidence that a stack was seen to serve a release.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
File = Annotated[Path, typer.Argument(help="A file of `verify --evidence`.", show_default=False)]


@app.command()
def show(
    file: File, output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT
) -> None:
    """Show what a file of evidence says, if nobody edited it.

    Example: localai-gitops evidence show evidence/staging.json
    """
    found = _read(file)
    if output is Output.JSON:
        print_json(found)
        return
    release = found["release"]
    by_tag = sum(not one for one in release["images"].values())
    images = f"{len(release['images'])}" + (f", {by_tag} by tag alone" if by_tag else "")
    rows = [
        ("stack", found["stack"]), ("kind", found["kind"]), ("time", found["time"]),
        ("tool", found["tool"]), ("release", release["digest"]), ("server", release["server"]),
        ("images", images), ("models", ", ".join(release["models"])),
        ("aliases", ", ".join(f"{one} = {of}" for one, of in release["aliases"].items())),
    ]  # fmt: skip
    print_table(("", "evidence"), [row for row in rows if row[1]], output)
    print_lines([""])
    checks = [(one["verdict"], one.get("pool", "router"), one["check"], one["name"],
               one.get("answered_by", ""), one["text"]) for one in found["checks"]]  # fmt: skip
    head = ("verdict", "pool", "check", "name", "answered by", "what was seen")
    print_table(head, checks, output)


@app.command()
def verify(
    file: File,
    stack: Annotated[
        str | None, typer.Option(help="The stack it is to be of [default: the one it names].")
    ] = None,
    signers: Annotated[
        Path | None,
        typer.Option(help="Allowed signers of OpenSSH; one of them has to have signed FILE.sig."),
    ] = None,
) -> None:
    """Say whether evidence still counts.

    It is unedited, of the stack, of a time that has come, and of what the stack declares now.

    Example: localai-gitops evidence verify evidence/staging.json --stack staging
    """
    from gitops.acceptance.evidence import early, problems
    from gitops.acceptance.suite import digests
    from gitops.cli.root import checkout
    from gitops.planning.checkout import resolved_stack
    from settings.file import read_stack_file

    found = _read(file)
    by = _signer(file, signers) if signers else ""
    name = stack or found["stack"]
    declared = resolved_stack(checkout(), name)
    known = digests(checkout(), read_stack_file(checkout(), name))
    wrong = early(found, str(file), datetime.now(UTC))
    if wrong := [*wrong, *problems(found, str(file), *declared, known)]:
        raise RefusedError(wrong)
    seen = {"smoke": "serve what it declares", "load": "hold its limits under load",
            "evaluate": "answer well enough"}[found["kind"]]  # fmt: skip
    print_lines([f"{file}: {name} was seen to {seen}, {found['time']}{by}"])


@app.command()
def sign(
    file: File,
    key: Annotated[Path, typer.Option(help="Key of OpenSSH, or its .pub where an agent holds it.")],
) -> None:
    """Sign evidence that is whole: the signature is FILE.sig.

    Example: localai-gitops evidence sign evidence/staging.json --key ~/.ssh/id_ed25519
    """
    from gitops.acceptance.evidence import MOST_BYTES
    from gitops.adapters.process import OutsideError
    from gitops.adapters.signature import signature
    from gitops.cli.new_files import write_new

    _read(file)
    try:
        text = signature(given_bytes(file, most=MOST_BYTES), key)
    except OutsideError as error:
        raise refusal("--key", error.cause, error.cure) from None
    write_new(file.absolute().parent, {f"{file.name}.sig": text}, force=True)
    print_lines([f"wrote {file}.sig"])


def _signer(file: Path, signers: Path) -> str:
    """Return the words that say who signed a file.

    Raises:
        RefusedError: nobody did who may.
    """
    from gitops.acceptance.evidence import MOST_BYTES
    from gitops.adapters.process import OutsideError
    from gitops.adapters.signature import signer

    beside = file.with_name(f"{file.name}.sig")
    try:
        for one in (beside, signers):
            given_bytes(one, most=MOST_BYTES)
        return f", signed by {signer(given_bytes(file, most=MOST_BYTES), beside, signers)}"
    except OutsideError as error:
        raise refusal(str(file), error.cause, error.cure) from None


def _read(file: Path) -> "Evidence":
    from gitops.acceptance.evidence import MOST_BYTES, read

    return read(given_bytes(file, most=MOST_BYTES), str(file))
