"""The verbs of `accept`: whether a running stack is good enough, with evidence of it."""

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from documents.problem import refusal
from gitops import VERSION
from gitops.cli.output import Output
from gitops.cli.terminal import say
from gitops.cli.verify import (
    CaFile,
    Evidence,
    Form,
    KeyFile,
    Stack,
    Target,
    Url,
    finish,
    key_of,
    targeted,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitops.acceptance.evaluate import Evaluated, Evaluation
    from gitops.acceptance.evidence import Evidence as Known
    from gitops.acceptance.load import Load, Loaded
    from gitops.acceptance.result import Result
    from proof.finding import Finding

app = typer.Typer(
    name="accept",
    help="Ask whether a running stack is good enough.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Page = Annotated[
    Path | None,
    typer.Option(dir_okay=False, help="File to write a page of HTML to, whatever was found."),
]

# The same thing under the name under which its evidence goes: there is one way to ask it.
app.command("smoke")(verify)


@app.command()
def load(  # noqa: PLR0913 (one argument an option of the command line)
    stack: Stack,
    url: Url,
    key_file: KeyFile = None,
    ca_file: CaFile = None,
    page: Page = None,
    evidence: Evidence = None,
    output: Form = Output.TEXT,
) -> None:
    """Begin chats at a declared rate, and see whether limits hold.

    The rate and the limits are in localai:acceptance of the stack file.

    Example: localai-gitops accept load staging --url https://ai.example.com --page load.html
    """
    from importlib.metadata import version

    from gitops.acceptance.load import loads
    from gitops.acceptance.result import Kind, Result

    target = targeted(stack, url, whole=bool(evidence))
    declared = target.context.settings.acceptance
    if not (wanted := loads(target.places, declared.load if declared else {})):
        cause, cure = "declares no load that is served there", "add localai:acceptance, with load"
        raise refusal(f"Pulumi.{stack}.yaml", cause, cure)
    found = _loaded(wanted, key_of(key_file, target.places), ca_file)
    result = Result(
        kind=Kind.LOAD,
        findings=tuple(finding for one in found for finding in one.findings),
        figures=tuple(one.figures for one in found if one.figures),
        details=tuple(one.course for one in found if one.figures),
        tools={"python": platform.python_version(), "aiohttp": version("aiohttp")},
    )
    if page:
        _write_page(page, target, result)
    finish(target, result, evidence, output)


def _loaded(wanted: "Sequence[Load]", key: str, ca_file: Path | None) -> "tuple[Loaded, ...]":
    import asyncio

    from gitops.acceptance.load import loaded
    from gitops.adapters.service import opened
    from gitops.sources.command import authority, progress

    try:
        from gitops.adapters.streams import streaming
    except ModuleNotFoundError as missing:
        if missing.name != "aiohttp":
            raise
        cure = "install requirements-accept.txt, or the extra `accept` of the wheel"
        raise refusal("accept load", "needs aiohttp, which is not installed", cure) from None
    tls = authority(ca_file)
    with progress("chats", sum(one.count for _, _, one in wanted)) as told:
        return asyncio.run(
            loaded(
                wanted,
                lambda place, many: opened(place.url, key, tls, many),
                lambda place: streaming(place.url, key, tls),
                told,
            )
        )


@app.command()
def evaluate(  # noqa: PLR0913 (one argument an option of the command line)
    stack: Stack,
    url: Url,
    key_file: KeyFile = None,
    ca_file: CaFile = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Evidence of an earlier evaluation to compare with.")
    ] = None,
    page: Page = None,
    evidence: Evidence = None,
    output: Form = Output.TEXT,
) -> None:
    """Ask declared suites of questions, and score the answers.

    The suites are in evaluations/, and which scores are enough in localai:acceptance.

    Example: localai-gitops accept evaluate staging --url https://ai.example.com --page scores.html
    """
    from dataclasses import asdict

    from gitops.acceptance.result import Kind, Result

    target = targeted(stack, url, whole=bool(evidence))
    wanted = _wanted(stack, target)
    earlier = _baseline(baseline, stack, wanted) if baseline else None
    found = _evaluated(wanted, key_of(key_file, target.places), ca_file)
    result = Result(
        kind=Kind.EVALUATE,
        findings=tuple(dict.fromkeys(each for one in found for each in _findings(one, earlier))),
        figures=tuple(one.figures for one in found if one.figures),
        details=tuple([asdict(each) for each in one.answers] for one in found if one.figures),
        tools={"python": platform.python_version()},
    )
    if page:
        _write_page(page, target, result)
    finish(target, result, evidence, output)


def _wanted(stack: str, target: Target) -> "tuple[Evaluation, ...]":
    from components.checks.resolve import release_of
    from gitops.acceptance.evaluate import evaluations
    from gitops.acceptance.suite import suites
    from gitops.cli.root import checkout
    from settings.file import read_stack_file

    declared = suites(checkout(), read_stack_file(checkout(), stack))
    if not declared:
        cause, cure = "declares no evaluation", "add localai:acceptance, with evaluate"
        raise refusal(f"Pulumi.{stack}.yaml", cause, cure)
    digests = release_of(target.context, target.pools).summary["models"]
    return evaluations(target.places, declared, digests)


def _findings(one: "Evaluated", earlier: "Known | None") -> "tuple[Finding, ...]":
    from gitops.acceptance.scores import compared, matching

    before = matching(one.figures, earlier)[0] if earlier and one.figures else None
    if before is None or earlier is None or one.figures is None:
        return one.findings
    return (*one.findings, compared(one.figures, before, earlier["time"]))


def _baseline(file: Path, stack: str, wanted: "Sequence[Evaluation]") -> "Known":
    """Return the evidence to compare with; none that scored something else is taken."""
    from documents.files import given_bytes
    from gitops.acceptance.evaluate import about
    from gitops.acceptance.evidence import MOST_BYTES, read
    from gitops.acceptance.scores import matching

    found = read(given_bytes(file, most=MOST_BYTES), str(file))
    cure = "give evidence of `accept evaluate` of this stack, with the suites as they are"
    if found["kind"] != "evaluate":
        raise refusal(str(file), f"is evidence of {found['kind']}, not of evaluate", cure)
    if found["stack"] != stack:
        raise refusal(str(file), f"is of stack {found['stack']}, not of {stack}", cure)
    if wrong := [why for one in wanted if (why := matching(about(one), found)[1])]:
        raise refusal(str(file), wrong[0], cure)
    return found


def _evaluated(
    wanted: "Sequence[Evaluation]", key: str, ca_file: Path | None
) -> "tuple[Evaluated, ...]":
    import asyncio

    from gitops.acceptance.evaluate import evaluated
    from gitops.adapters.service import opened
    from gitops.sources.command import authority, progress

    tls = authority(ca_file)
    with progress("questions", sum(len(one.suite.questions) for one in wanted)) as told:
        return asyncio.run(
            evaluated(wanted, lambda place, many: opened(place.url, key, tls, many), told)
        )


def _write_page(file: Path, target: Target, result: "Result") -> None:
    from gitops.acceptance.evidence import moment
    from gitops.acceptance.page import page
    from gitops.acceptance.result import document
    from gitops.cli.new_files import write_new

    made = page(document(target.context.stack, VERSION, result), moment(datetime.now(UTC)))
    write_new(file.absolute().parent, {file.name: made}, force=True)
    say(f"wrote {file}")
