"""`check`: settings, models, objects and rules; offline, unless sources are to be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from documents.problem import RefusedError
from gitops.acceptance.suite import suite_problems
from gitops.cli.output import CheckOutput
from gitops.cli.root import below_repository, checkout
from gitops.cli.terminal import busy, print_json, print_lines
from gitops.cluster.manifests import cluster_problems
from gitops.planning.checkout import read_declared
from gitops.planning.printable import counted
from gitops.planning.rendering.rendering import Rendering
from gitops.sources.command import Asked, SourceOptions, ask
from gitops.validation.judgement import Judgement, judgement
from gitops.validation.rows import Level, annotations, document, sarif


def check(
    stacks: Sequence[str], output: CheckOutput, today: date, options: SourceOptions | None = None
) -> bool:
    """Print what is wrong with some stacks, or with all; return whether anything refuses.

    Sources are asked where `options` say how, and only if nothing else is wrong.
    """
    renderings: tuple[Rendering, ...] = ()
    asked: Asked | None = None
    try:
        with busy("Checking what is declared"):
            declared = read_declared(checkout(), stacks)
            renderings = declared.renderings
            judged = judgement(declared, today)
            found = (
                *cluster_problems(checkout(), declared),
                *suite_problems(checkout(), declared.files),
            )
            judged = replace(judged, problems=(*judged.problems, *found))
        if options and not judged.refusals:
            asked = ask(checkout(), declared, options, whole=not stacks)
            judged = replace(judged, problems=(*judged.problems, *asked.found))
    except RefusedError as error:
        judged = Judgement(problems=error.problems)
    match output:
        case CheckOutput.JSON:
            stacks = [one.stack for one in renderings]
            print_json(document(judged.rows, stacks, asked.files if asked else None))
        case CheckOutput.SARIF:
            print_json(sarif(judged.rows, below_repository(checkout())))
        case CheckOutput.GITHUB:
            print_lines(_annotations(judged, renderings, asked))
        case _:
            bullet = "- " if output is CheckOutput.MARKDOWN else ""
            print_lines(f"{bullet}{line}" for line in _lines(judged, renderings, asked))
    return bool(judged.refusals)


def _lines(
    judged: Judgement, renderings: Sequence[Rendering], asked: Asked | None
) -> Iterable[str]:
    for row in judged.rows:
        yield row.text if row.level is Level.ERROR else f"{row.level}: {row.text}"
    yield from _summary(judged, renderings, asked)


def _annotations(
    judged: Judgement, renderings: Sequence[Rendering], asked: Asked | None
) -> Iterable[str]:
    yield from annotations(judged.rows, below_repository(checkout()))
    yield from _summary(judged, renderings, asked)


def _summary(
    judged: Judgement, renderings: Sequence[Rendering], asked: Asked | None
) -> Iterable[str]:
    if asked and asked.images:
        yield f"note: images that hold weights are pinned by digest and not asked: {asked.images}"
    if not judged.refusals:
        objects = sum(1 for one in renderings for part in one.parts if part.object)
        told = [counted(len(renderings), "stack"), counted(objects, "object")]
        told += [counted(asked.files, "source")] if asked else []
        yield f"{', '.join(told)}: no problems found"
