"""`check`: settings, models, objects and rules; offline, unless sources are to be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date

from documents.problem import RefusedError
from gitops.cli.output import Output
from gitops.cli.root import checkout
from gitops.cli.terminal import print_json, print_lines
from gitops.planning.checkout import read_declared
from gitops.planning.rendering.rendering import Rendering
from gitops.sources.command import Asked, SourceOptions, ask
from gitops.validation.judgement import Judgement, judgement


def check(
    stacks: Sequence[str], output: Output, today: date, options: SourceOptions | None = None
) -> bool:
    """Print what is wrong with some stacks, or with all; return whether anything refuses.

    Sources are asked where `options` say how, and only if nothing else is wrong.
    """
    renderings: tuple[Rendering, ...] = ()
    asked: Asked | None = None
    try:
        declared = read_declared(checkout(), stacks)
        renderings = declared.renderings
        judged = judgement(declared, today, whole=not stacks)
        if options and not judged.refusals:
            asked = ask(checkout(), declared, options, whole=not stacks)
            judged = replace(judged, sources=asked.found)
    except RefusedError as error:
        judged = Judgement(problems=tuple(str(problem) for problem in error.problems))
    if output is Output.JSON:
        print_json(_document(judged, renderings, asked))
    else:
        bullet = "- " if output is Output.MARKDOWN else ""
        print_lines(f"{bullet}{line}" for line in _lines(judged, renderings, asked))
    return bool(judged.refusals)


def _document(
    judged: Judgement, renderings: Sequence[Rendering], asked: Asked | None
) -> dict[str, object]:
    return {
        "version": 1,
        "stacks": [one.stack for one in renderings],
        "problems": judged.refusals,
        "notes": judged.notes,
        "sources": asked.files if asked else None,
        "findings": [asdict(one) for one in judged.findings],
        "waived": [asdict(one) for one in judged.waived],
    }


def _lines(
    judged: Judgement, renderings: Sequence[Rendering], asked: Asked | None
) -> Iterable[str]:
    yield from judged.refusals
    yield from (f"note: {note}" for note in judged.notes)
    yield from (f"waived: {one}" for one in judged.waived)
    if asked and asked.images:
        yield f"note: images that hold weights are pinned by digest and not asked: {asked.images}"
    if not judged.refusals:
        objects = sum(1 for one in renderings for part in one.parts if part.object)
        stacks = f"{len(renderings)} stack{'s' if len(renderings) != 1 else ''}"
        sources = f", {asked.files} sources" if asked else ""
        yield f"{stacks}, {objects} objects{sources}: no problems found"
