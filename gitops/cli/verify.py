"""The verb `verify`: asks a running stack whether it serves what it declares."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
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
    from gitops.acceptance.registered import ServedPlace
    from gitops.acceptance.result import Result
    from proof.expected import Place
    from proof.finding import Finding

_VARIABLE = "LOCALAI_API_KEY"
_LONGEST_KEY = 4096


def _declared(stack: str) -> str:
    # Before options that are missing: whoever mistypes a stack is told that first.
    from gitops.cli.root import checkout
    from settings.file import declared_file

    declared_file(checkout(), stack)
    return stack


Stack = Annotated[str, typer.Argument(help="The stack.", show_default=False, callback=_declared)]
Url = Annotated[
    list[str],
    typer.Option(help="Its router, its only pool, or POOL=URL for each; served-MODEL=URL."),
]
KeyFile = Annotated[
    Path | None, typer.Option(help=f"File with the API key [default: {_VARIABLE}].")
]
CaFile = Annotated[
    Path | None, typer.Option(help="Certificates to trust in addition to the public ones.")
]
Evidence = Annotated[
    Path | None,
    typer.Option(dir_okay=False, help="File to write the evidence to, if the whole stack passes."),
]
Form = Annotated[Output, typer.Option("--output", help="How to print it.")]


def verify(  # noqa: PLR0913 (one argument an option of the command line)
    stack: Stack,
    url: Url,
    key_file: KeyFile = None,
    ca_file: CaFile = None,
    evidence: Evidence = None,
    output: Form = Output.TEXT,
) -> None:
    """Ask a running stack whether it serves what it declares.

    Its list of models, its version, an answer of each name; of each served model, its version.

    Example: localai-gitops verify dev --url http://localhost:8080 --key-file key
    """
    from gitops.acceptance.result import Result

    target = targeted(stack, url, whole=bool(evidence), served=True)
    found = _asked(target, key_of(key_file, target.places), ca_file)
    finish(target, Result(findings=found), evidence, output)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A stack that is asked, where, and which of its pools and served models are not."""

    context: "Context"
    pools: "tuple[Pool, ...]"
    places: "tuple[Place, ...]"
    served: "tuple[ServedPlace, ...]"
    missing: tuple[str, ...]


def targeted(stack: str, urls: Sequence[str], *, whole: bool, served: bool = False) -> Target:
    """Return what a command line asks; `whole` where evidence is to be written.

    `served` is whether models of a registry are asked, too; load and questions are not for them.

    Raises:
        RefusedError: the stack is not valid, or an address is none of it.
    """
    from gitops.acceptance.expectation import left_out, places, served_places
    from gitops.acceptance.registered import unasked
    from gitops.cli.root import checkout
    from gitops.planning.checkout import resolved_stack

    context, pools = resolved_stack(checkout(), stack)
    models, others = served_places(context, urls) if served else ((), urls)
    where = places(context, pools, others)
    missing = (*left_out(pools, where), *(unasked(context, models) if served else ()))
    if whole and missing:
        raise typer.BadParameter(f"--evidence is of a whole stack: add --url {missing[0]}=http://…")
    return Target(context=context, pools=pools, places=where, served=models, missing=missing)


def finish(target: Target, result: "Result", evidence: Path | None, output: Output) -> None:
    """Print a result and write its evidence; one that does not pass ends with exit code 1."""
    from proof.finding import passed

    _print(target, result, output)
    if not passed(result.findings):
        raise typer.Exit(exits.REFUSED)
    if evidence:
        _write(evidence, target, result)


def _print(target: Target, result: "Result", output: Output) -> None:
    from gitops.acceptance.result import document

    for name in target.missing:
        say(
            f"note: {_called(name, target)} was not asked: give its address as --url {name}=http://…"
        )
    if output is Output.JSON:
        print_json(document(target.context.stack, VERSION, result))
        return
    print_table(_HEAD, map(_row, result.findings), output)
    print_lines([f"{target.context.stack}: {_summary(result)}"])


def _called(name: str, target: Target) -> str:
    return f"pool {name}" if any(pool.name == name for pool in target.pools) else name


def _write(file: Path, target: Target, result: "Result") -> None:
    from gitops.acceptance.evidence import evidence, text
    from gitops.cli.new_files import write_new

    made = evidence(target.context, target.pools, result, datetime.now(UTC))
    for name, digest in made["release"]["images"].items():
        if not digest:
            say(f"note: {name} is pulled by tag alone: the evidence is bound to no bytes of it")
    write_new(file.absolute().parent, {file.name: text(made)}, force=True)
    say(f"wrote {file}")


def _asked(target: Target, key: str, ca_file: Path | None) -> "tuple[Finding, ...]":
    # Only this verb needs them, and they take a while to import.
    import asyncio

    from gitops.acceptance.registered import ready
    from gitops.adapters.service import opened
    from gitops.sources.command import authority, progress
    from proof.verified import asked, verified

    tls, found = authority(ca_file), target.places
    count = sum(len(asked(place)) for place in found)
    with progress("asking models", count) as told:
        answered = asyncio.run(
            verified(found, lambda place, many: opened(place.url, key, tls, many), told)
        )
    # They ask for no key, so they are given none.
    return (*answered, *asyncio.run(ready(target.served, lambda one: opened(one.url, "", tls, 1))))


def key_of(file: Path | None, places: "Sequence[Place]") -> str:
    """Return the key for these places; empty where none is given.

    Raises:
        RefusedError: it cannot be read, or is no key.
    """
    place = str(file) if file else _VARIABLE
    text = given_text(file, most=_LONGEST_KEY) if file else os.environ.get(_VARIABLE, "")
    key = text.strip()
    if (file and not key) or not key.isascii() or not key.isprintable() or " " in key:
        cause, cure = "does not hold one key on one line", "put the key there, and nothing else"
        raise RefusedError([Problem(file=place, path=(), cause=cause, cure=cure)])
    for one in places:
        if key and one.is_open:
            say(f"note: {one.url} is not https: anyone on the network path can read the key")
    return key


_HEAD = ("verdict", "pool", "check", "name", "seconds", "answered by", "what was seen")


def _row(one: "Finding") -> tuple[str, ...]:
    seconds = "" if one.seconds is None else f"{one.seconds:.1f}"
    pool, by = one.pool or "router", one.answered_by or ""
    text = f"{one.text}; {one.cure}" if one.cure else one.text
    return one.verdict, pool, one.check, one.name, seconds, by, text


def _summary(result: "Result") -> str:
    from gitops.acceptance.result import Kind
    from proof.finding import Verdict, passed

    found = result.findings
    counts = {verdict: sum(one.verdict is verdict for one in found) for verdict in Verdict}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    good, bad = {
        Kind.SMOKE: ("serves what it declares", "does not serve what it declares"),
        Kind.LOAD: ("holds its limits under load", "does not hold its limits under load"),
        Kind.EVALUATE: ("answers well enough", "does not answer well enough"),
    }[result.kind]
    return f"{good if passed(found) else bad} ({told})"
