"""A rule: one thing that must hold, why, and what to do where it does not; and who uses a model."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from documents.problem import Problem
from gitops.validation.rules.stack_objects import StackObjects, title
from models.definition import Definition


@dataclass(frozen=True, kw_only=True)
class PoolUse:
    """What one pool takes from the catalog; `aliases` are the other names it answers to."""

    stack: str
    pool: str
    models: tuple[str, ...]
    aliases: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CatalogUses:
    """Definitions by name, and their uses."""

    definitions: Mapping[str, Definition]
    uses: tuple[PoolUse, ...]


Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What every rule says; one that does not refuse is a note.

    With `refuses_elsewhere`, a note refuses in every stack but `dev`, and the only one of a
    checkout. `key` is the key of a stack file that decides whether it holds; empty where no single
    one does.
    """

    id: str
    sentence: str
    reason: str
    cure: str
    refuses: bool = True
    refuses_elsewhere: bool = False
    key: str = ""

    def problem(self, one: Problem, stack: str = "") -> Problem:
        """Return what breaks this rule as a problem of it; `stack` is empty for the catalog."""
        return replace(one, rule=self.id, cure=self.cure, refuses=self.refuses, stack=stack)


@dataclass(frozen=True, kw_only=True)
class ObjectRule(Rule):
    """A rule over one object; `judge` yields what is wrong in it."""

    judge: Callable[[Manifest], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule over the objects of a stack together."""

    judge: Callable[[StackObjects], Iterable[Problem]]


@dataclass(frozen=True, kw_only=True)
class CatalogRule(Rule):
    """A rule over model definitions and the pools that use them; no stack can waive it."""

    judge: Callable[[CatalogUses], Iterable[Problem]]


def stack_problems(rules: Iterable[Rule], stack: str, objects: StackObjects) -> Iterator[Problem]:
    """Yield what rules find in the objects of a stack."""
    for rule in rules:
        yield from (rule.problem(one, stack) for one in _broken(rule, objects))


def catalog_problems(rules: Iterable[Rule], uses: CatalogUses) -> Iterator[Problem]:
    for rule in rules:
        if isinstance(rule, CatalogRule):
            yield from map(rule.problem, rule.judge(uses))


def _broken(rule: Rule, objects: StackObjects) -> Iterator[Problem]:
    if isinstance(rule, StackRule):
        yield from rule.judge(objects)
    if isinstance(rule, ObjectRule):
        for one in objects.objects:
            for cause in rule.judge(one.manifest):
                yield Problem(object=title(one.manifest), cause=cause)
