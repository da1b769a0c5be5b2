"""Waivers: a rule that does not hold in one place, for a stated reason and a stated time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase

from documents.problem import Problem, key
from gitops.validation.rules.rule import Rule
from settings.stack.waivers import WaiverSettings

LONGEST = timedelta(days=366)

_KNOWN = Rule(
    id="waiver-known",
    sentence="A waiver names a rule that stacks can waive.",
    reason="A misspelled waiver waives nothing, without a word.",
    cure="use an id of docs/reference/rules.md",
)
_CURRENT = Rule(
    id="waiver-current",
    sentence="A waiver is still valid, for a year at most.",
    reason="What is waived for ever is forgotten.",
    cure="fix what it waives and delete it, or argue for another date",
)
_USED = Rule(
    id="waiver-used",
    sentence="A waiver waives something.",
    reason="One that is left over would hide the next breach.",
    cure="delete it",
    refuses=False,
)
RULES = (_KNOWN, _CURRENT, _USED)


@dataclass(frozen=True, kw_only=True)
class Waived:
    """What is found after waivers, and what they waive."""

    found: tuple[Problem, ...]
    waived: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class StackWaivers:
    """The waivers of one stack; `place` says in which file and line the one of an index stands."""

    waivers: Sequence[WaiverSettings]
    place: Callable[[int], tuple[str, int]]
    today: date


def apply(problems: Sequence[Problem], stack: StackWaivers, waivable: frozenset[str]) -> Waived:
    """Return problems without those that are waived, and with what is wrong with the waivers."""
    kept = in_force(problems, stack.waivers, stack.today)
    waived = tuple(one for one in problems if one not in kept)
    return Waived(found=(*kept, *_wrong(problems, stack, waivable)), waived=waived)


def in_force(
    problems: Sequence[Problem], waivers: Sequence[WaiverSettings], today: date
) -> tuple[Problem, ...]:
    """Return the problems that no valid waiver takes away."""
    valid = [waiver for waiver in waivers if not _why_invalid(waiver, today)]
    return tuple(one for one in problems if not any(_waives(waiver, one) for waiver in valid))


def _waives(waiver: WaiverSettings, one: Problem) -> bool:
    return waiver.rule == one.rule and fnmatchcase(one.object, waiver.object or "*")


def _why_invalid(waiver: WaiverSettings, today: date) -> str:
    if waiver.until < today:
        return f"ran out on {waiver.until}"
    if waiver.until > today + LONGEST:
        return f"lasts until {waiver.until}, more than a year"
    return ""


def _wrong(
    problems: Sequence[Problem], stack: StackWaivers, waivable: frozenset[str]
) -> Iterator[Problem]:
    for index, waiver in enumerate(stack.waivers):
        invalid = _why_invalid(waiver, stack.today)
        rule, detail = _USED, ""
        if waiver.rule not in waivable:
            rule, detail = _KNOWN, ", which is not a rule that a stack can waive"
        elif invalid:
            rule, detail = _CURRENT, f" but {invalid}"
        elif not any(_waives(waiver, one) for one in problems):
            detail = " where it holds"
        if detail:
            path, (file, line) = ("waivers", index), stack.place(index)
            cause = f"waives {waiver.rule}{detail}"
            found = Problem(object=key(path), file=file, line=line, path=path, cause=cause)
            yield rule.problem(found)
