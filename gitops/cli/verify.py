"""The verb `verify`: asks a running stack whether it serves what it declares."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from documents.files import given_text
from documents.problem import Problem, RefusedError
from gitops import VERSION
from gitops.cli import exits
from gitops.cli.output import Output
from gitops.cli.terminal import print_json, print_lines, print_table, say

if TYPE_CHECKING:
    from components.parts.context import Context
    from components.pool.pool import Pool
    from gitops.acceptance.expectation import Place
    from proof.finding import Finding

_VARIABLE = "LOCALAI_API_KEY"
_LONGEST_KEY = 4096


def verify(  # noqa: PLR0913 (one argument an option of the command line)
    stack: Annotated[str, typer.Argument(help="The stack.", show_default=False)],
    url: Annotated[
        list[str],
        typer.Option(help="Its router, its only pool, or POOL=URL for each."),
    ],
    key_file: Annotated[
        Path | None, typer.Option(help=f"File with the API key [default: {_VARIABLE}].")
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates to trust in addition to the public ones.")
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="File to write the evidence to, if the whole stack passes.")
    ] = None,
    output: Annotated[Output, typer.Option(help="How to print it.")] = Output.TEXT,
) -> None:
    """Ask a running stack whether it serves what it declares.

    Its list of models, its version, an answer of each name.

    Example: localai-gitops verify dev --url http://localhost:8080 --key-file key
    """
    from gitops.acceptance.expectation import left_out, places
    from gitops.cli.root import checkout
    from gitops.planning.checkout import resolved_stack
    from proof.finding import passed

    context, pools = resolved_stack(checkout(), stack)
    where = places(context, pools, url)
    missing = left_out(pools, where)
    if evidence and missing:
        raise typer.BadParameter(f"--evidence is of a whole stack: add --url {missing[0]}=http://…")
    found = _asked(where, _key(key_file), ca_file)
    _print(stack, found, missing, output)
    if not passed(found):
        raise typer.Exit(exits.REFUSED)
    if evidence:
        _write(evidence, context, pools, found)


def _print(
    stack: str, found: "Sequence[Finding]", missing: "Sequence[str]", output: Output
) -> None:
    from proof.finding import document

    for name in missing:
        say(f"note: pool {name} was not asked: give its address as --url {name}=http://…")
    if output is Output.JSON:
        print_json(document(stack, VERSION, found))
        return
    print_table(_HEAD, map(_row, found), output)
    print_lines([f"{stack}: {_summary(found)}"])


def _write(
    file: Path, context: "Context", pools: "Sequence[Pool]", found: "Sequence[Finding]"
) -> None:
    from gitops.acceptance.evidence import evidence, text
    from gitops.cli.new_files import write_new

    made = evidence(context, pools, found, datetime.now(UTC))
    for name, digest in made["release"]["images"].items():
        if not digest:
            say(f"note: {name} is pulled by tag alone: the evidence is bound to no bytes of it")
    write_new(file.absolute().parent, {file.name: text(made)}, force=True)
    say(f"wrote {file}")


def _asked(found: "Sequence[Place]", key: str, ca_file: Path | None) -> "tuple[Finding, ...]":
    # Only this verb needs them, and they take a while to import.
    import asyncio

    from gitops.adapters.service import opened
    from gitops.sources.command import authority, progress
    from proof.verified import asked, verified

    tls = authority(ca_file)
    for place in found:
        if key and place.is_open:
            say(f"note: {place.url} is not https: whoever is on the way reads the key")
    count = sum(len(asked(place)) for place in found)
    with progress("asking models", count) as told:
        return asyncio.run(
            verified(found, lambda place, many: opened(place.url, key, tls, many), told)
        )


def _key(file: Path | None) -> str:
    """Return the key; empty where none is given.

    Raises:
        RefusedError: it cannot be read, or is no key.
    """
    place = str(file) if file else _VARIABLE
    text = given_text(file, most=_LONGEST_KEY) if file else os.environ.get(_VARIABLE, "")
    key = text.strip()
    if (file and not key) or not key.isascii() or not key.isprintable() or " " in key:
        cause, cure = "does not hold one key on one line", "put the key there, and nothing else"
        raise RefusedError([Problem(file=place, path=(), cause=cause, cure=cure)])
    return key


_HEAD = ("verdict", "pool", "check", "name", "seconds", "answered by", "what was seen")


def _row(one: "Finding") -> tuple[str, ...]:
    seconds = "" if one.seconds is None else f"{one.seconds:.1f}"
    pool, by = one.pool or "router", one.answered_by or ""
    text = f"{one.text}; {one.cure}" if one.cure else one.text
    return one.verdict, pool, one.check, one.name, seconds, by, text


def _summary(found: "Sequence[Finding]") -> str:
    from proof.finding import Verdict, passed

    counts = {verdict: sum(one.verdict is verdict for one in found) for verdict in Verdict}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    does = "serves" if passed(found) else "does not serve"
    return f"{does} what it declares ({told})"
