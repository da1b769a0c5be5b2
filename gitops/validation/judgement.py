"""Judges what a checkout declares: schemas, rules and waivers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from documents.problem import Problem
from gitops.planning.checkout import Declared, is_first
from gitops.planning.release import release_notes
from gitops.planning.rendering.rendering import Rendering
from gitops.validation.known_issues import IDS, known_issue_problems
from gitops.validation.rows import Level, Row, problem_row
from gitops.validation.rules.engine import engine_problems
from gitops.validation.rules.rule import (
    CatalogUses,
    PoolUse,
    Rule,
    catalog_problems,
    stack_problems,
)
from gitops.validation.rules.rulebook import RULES, WAIVABLE
from gitops.validation.rules.stack_objects import StackObject, StackObjects
from gitops.validation.rules.waivers import StackWaivers, Waived, apply
from gitops.validation.schemas.schemas import schema_problems
from settings.config import PROJECT
from settings.file import StackFile
from settings.release import release_name
from settings.stack.delivery import Delivery

_REFUSES_ELSEWHERE = frozenset(rule.id for rule in RULES if rule.refuses_elsewhere)
_ACCEPTED = Rule(
    id="accepted-by-kubernetes",
    sentence="Every object is of a form that Kubernetes accepts.",
    reason="The API server would refuse it, or drop a field, after the change was merged.",
    cure="change the setting that the field is made from",
)
_KEYS = {rule.id: rule.key for rule in RULES if rule.key}


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is wrong or worth knowing, and what waivers took away."""

    problems: tuple[Problem, ...] = ()
    waived: tuple[Problem, ...] = ()

    @property
    def refusals(self) -> tuple[Problem, ...]:
        """Return what may not be merged."""
        return tuple(one for one in self.problems if one.refuses)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Return what to know."""
        return tuple(one for one in self.problems if not one.refuses)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return everything that was found, what refuses first: each output writes this table."""
        found = (
            *(problem_row(one) for one in self.problems),
            *(problem_row(one, waived=True) for one in self.waived),
        )
        return tuple(sorted(found, key=lambda row: list(Level).index(row.level)))


def judgement(declared: Declared, today: date) -> Judgement:
    """Return what is wrong with what is declared."""
    pairs = tuple(zip(declared.files, declared.renderings, strict=True))
    judged = [_judged(*pair, declared, today) for pair in pairs]
    return Judgement(
        problems=(
            *(found for _, one in pairs for found in _schema_problems(one)),
            *(found for one in judged for found in one.found),
            *catalog_problems(RULES, catalog_uses(declared)),
            *(found for file in declared.files for found in _release_problems(file)),
            *release_notes(declared),
        ),
        waived=tuple(found for one in judged for found in one.waived),
    )


def _release_problems(file: StackFile) -> Iterator[Problem]:
    """Yield what is wrong between the models of a release, which may be of several commits."""
    if file.release:
        uses = CatalogUses(definitions=file.release.models, uses=())
        found = (one for one in catalog_problems(RULES, uses) if one.refuses)
        yield from (replace(one, file=release_name(file.stack)) for one in found)


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


def catalog_uses(declared: Declared) -> CatalogUses:
    """Return the catalog and its uses as rules see them."""
    uses = tuple(use for rendering in declared.renderings for use in _uses(rendering))
    return CatalogUses(definitions=declared.catalog.definitions, uses=uses)


def _uses(rendering: Rendering) -> Iterator[PoolUse]:
    for pool in rendering.pools:
        yield PoolUse(
            stack=rendering.stack,
            pool=pool.name,
            models=tuple(model.name for model in pool.models),
            aliases=pool.aliases,
        )


def _judged(file: StackFile, rendering: Rendering, declared: Declared, today: date) -> Waived:
    def place(index: int) -> tuple[str, int]:
        at = _at(file, "waivers", index)
        return at.file, at.line

    found = (
        *_placed(file, stack_problems(RULES, rendering.stack, stack_objects(rendering))),
        *_placed(file, engine_problems(file, declared.project)),
        *known_issue_problems(file.settings, rendering),
    )
    if not is_first(file.stack, alone=declared.alone):
        found = tuple(
            replace(one, refuses=one.refuses or one.rule in _REFUSES_ELSEWHERE) for one in found
        )
    waivers = StackWaivers(waivers=file.settings.waivers, place=place, today=today)
    return apply(found, waivers, WAIVABLE | IDS)


def _schema_problems(rendering: Rendering) -> Iterator[Problem]:
    return (_ACCEPTED.problem(one, rendering.stack) for one in schema_problems(rendering))


def _placed(file: StackFile, found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems, each with the line of the key that decides it."""
    for one in found:
        if name := _KEYS.get(one.rule):
            at = _at(file, name)
            yield replace(one, file=at.file, line=at.line, path=at.path)
        else:
            yield one


def _at(file: StackFile, name: str, *rest: str | int) -> Problem:
    return file.document.problem(("config", f"{PROJECT}:{name}", *rest), "", "")
