"""A rule: one thing that must hold, why, and what to do where it does not; and who uses a model."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
class Breach:
    """Where a rule does not hold, an object or a file, and in what."""

    place: str
    detail: str


# The stack to try things in, by the name that `init` gives it.
SPARED = "dev"


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


@dataclass(frozen=True, kw_only=True)
class ObjectRule(Rule):
    """A rule over one object; `judge` yields what is wrong in it."""

    judge: Callable[[Manifest], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule over the objects of a stack together."""

    judge: Callable[[StackObjects], Iterable[Breach]]


@dataclass(frozen=True, kw_only=True)
class CatalogRule(Rule):
    """A rule over model definitions and the pools that use them; no stack can waive it."""

    judge: Callable[[CatalogUses], Iterable[Breach]]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One breach of a rule; `stack` is empty where the place is a file.

    `file` and `line` are those of the key that decides it, where there is one.
    """

    rule: str
    stack: str
    place: str
    sentence: str
    cure: str
    refuses: bool
    file: str = ""
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        """Return `file:line: stack: place: what is wrong; cure [rule]` on one line."""
        line = f"{self.file}:{self.line}" if self.file else ""
        where = ": ".join(one for one in (line, self.stack, self.place) if one)
        text = f"{where}: {self.sentence}; {self.cure} [{self.rule}]"
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def finding(rule: Rule, breach: Breach, stack: str = "") -> Finding:
    """Return what a rule finds in one place."""
    return Finding(
        rule=rule.id,
        stack=stack,
        place=breach.place,
        sentence=breach.detail,
        cure=rule.cure,
        refuses=rule.refuses,
    )


def stack_findings(rules: Iterable[Rule], stack: str, objects: StackObjects) -> Iterator[Finding]:
    """Yield what rules find in the objects of a stack."""
    for rule in rules:
        for breach in _breaches(rule, objects):
            yield finding(rule, breach, stack)


def catalog_findings(rules: Iterable[Rule], uses: CatalogUses) -> Iterator[Finding]:
    """Yield what rules find in the catalog."""
    for rule in rules:
        if isinstance(rule, CatalogRule):
            yield from (finding(rule, breach) for breach in rule.judge(uses))


def _breaches(rule: Rule, objects: StackObjects) -> Iterator[Breach]:
    if isinstance(rule, StackRule):
        yield from rule.judge(objects)
    if isinstance(rule, ObjectRule):
        for one in objects.objects:
            for detail in rule.judge(one.manifest):
                yield Breach(place=title(one.manifest), detail=detail)
