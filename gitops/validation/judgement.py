"""Judges what a checkout declares: schemas, rules and waivers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from gitops.planning.checkout import Declared
from gitops.planning.rendering.rendering import Rendering
from gitops.sources.sources import Found
from gitops.validation.known_issues import IDS, known_issue_findings
from gitops.validation.rules.engine import engine_findings
from gitops.validation.rules.rule import (
    CatalogUses,
    Finding,
    PoolUse,
    catalog_findings,
    stack_findings,
)
from gitops.validation.rules.rulebook import RULES, WAIVABLE
from gitops.validation.rules.stack_objects import StackObject, StackObjects
from gitops.validation.rules.waivers import StackWaivers, Waived, apply
from gitops.validation.schemas.schemas import schema_findings
from settings.config import PROJECT
from settings.file import StackFile
from settings.stack.delivery import Delivery

_REFUSES_LATER = frozenset(rule.id for rule in RULES if rule.refuses_later)
_KEYS = {rule.id: rule.key for rule in RULES if rule.key}


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is wrong: problems refuse, so do findings that are no notes; waivers took some away."""

    problems: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    sources: tuple[Found, ...] = ()

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return what may not be merged, a line each."""
        refusing = (str(one) for one in self.findings if one.refuses)
        sources = (str(one.problem) for one in self.sources if one.refuses)
        return (*self.problems, *refusing, *sources)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what to know, a line each."""
        sources = (str(one.problem) for one in self.sources if not one.refuses)
        return (*(str(one) for one in self.findings if not one.refuses), *sources)


def judgement(declared: Declared, today: date, *, whole: bool) -> Judgement:
    """Return what is wrong with a checkout; `whole` where every stack of it is there."""
    pairs = tuple(zip(declared.files, declared.renderings, strict=True))
    judged = [_judged(*pair, declared, today) for pair in pairs]
    return Judgement(
        problems=tuple(line for _, one in pairs for line in schema_findings(one)),
        findings=(
            *(found for one in judged for found in one.found),
            *catalog_findings(RULES, catalog_uses(declared, whole=whole)),
        ),
        waived=tuple(found for one in judged for found in one.waived),
    )


def stack_objects(rendering: Rendering) -> StackObjects:
    """Return the objects of a rendering as rules see them."""
    return StackObjects(
        objects=tuple(
            StackObject(manifest=part.object, retained=part.retain)
            for part in rendering.parts
            if part.object
        ),
        rendered=rendering.delivery == Delivery.RENDERED,
    )


def catalog_uses(declared: Declared, *, whole: bool) -> CatalogUses:
    """Return the catalog and its uses as rules see them."""
    uses = tuple(use for rendering in declared.renderings for use in _uses(rendering))
    return CatalogUses(definitions=declared.catalog.definitions, uses=uses, whole=whole)


def _uses(rendering: Rendering) -> Iterator[PoolUse]:
    for pool in rendering.pools:
        yield PoolUse(
            stack=rendering.stack,
            pool=pool.name,
            models=tuple(model.name for model in pool.models),
            aliases=pool.aliases,
        )


def _judged(file: StackFile, rendering: Rendering, declared: Declared, today: date) -> Waived:
    def place(index: int) -> str:
        return f"{_line(file, 'waivers', index)}: waivers[{index}]"

    found = (
        *_placed(file, stack_findings(RULES, rendering.stack, stack_objects(rendering))),
        *_placed(file, engine_findings(file, declared.project)),
        *known_issue_findings(file.settings, rendering),
    )
    if file.stack != declared.first:
        found = tuple(
            replace(one, refuses=one.refuses or one.rule in _REFUSES_LATER) for one in found
        )
    waivers = StackWaivers(waivers=file.settings.waivers, place=place, today=today)
    return apply(found, waivers, WAIVABLE | IDS)


def _placed(file: StackFile, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings, each with the line of the key that decides it."""
    for one in found:
        key = _KEYS.get(one.rule)
        yield replace(one, line=_line(file, key)) if key else one


def _line(file: StackFile, key: str, *rest: str | int) -> str:
    problem = file.document.problem(("config", f"{PROJECT}:{key}", *rest), "", "")
    return f"{problem.file}:{problem.line}"
