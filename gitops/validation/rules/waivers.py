"""Waivers: a rule that does not hold in one place, for a stated reason and a stated time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase

from gitops.validation.rules.rule import Breach, Finding, Rule, finding
from settings.stack.waivers import WaiverSettings

LONGEST = timedelta(days=366)

_KNOWN = Rule(
    id="waiver-known",
    sentence="A waiver names a rule that stacks can waive.",
    reason="A misspelled waiver waives nothing, and nobody sees why.",
    cure="use an id of docs/reference/rules.md",
)
_CURRENT = Rule(
    id="waiver-current",
    sentence="A waiver is still valid, for a year at most.",
    reason="What is waived for ever is forgotten.",
    cure="mend what it waives and delete it, or argue for another date",
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

    found: tuple[Finding, ...]
    waived: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class StackWaivers:
    """The waivers of one stack; `place` says in which file and line the one of an index stands."""

    waivers: Sequence[WaiverSettings]
    place: Callable[[int], tuple[str, int]]
    today: date


def apply(findings: Sequence[Finding], stack: StackWaivers, waivable: frozenset[str]) -> Waived:
    """Return findings without those that are waived, and with what is wrong with the waivers."""
    kept = in_force(findings, stack.waivers, stack.today)
    waived = tuple(one for one in findings if one not in kept)
    return Waived(found=(*kept, *_wrong(findings, stack, waivable)), waived=waived)


def in_force(
    findings: Sequence[Finding], waivers: Sequence[WaiverSettings], today: date
) -> tuple[Finding, ...]:
    """Return the findings that no valid waiver takes away."""
    valid = [waiver for waiver in waivers if not _why_invalid(waiver, today)]
    return tuple(one for one in findings if not any(_waives(waiver, one) for waiver in valid))


def _waives(waiver: WaiverSettings, one: Finding) -> bool:
    return waiver.rule == one.rule and fnmatchcase(one.place, waiver.object or "*")


def _why_invalid(waiver: WaiverSettings, today: date) -> str:
    if waiver.until < today:
        return f"ran out on {waiver.until}"
    if waiver.until > today + LONGEST:
        return f"lasts until {waiver.until}, more than a year"
    return ""


def _wrong(
    findings: Sequence[Finding], stack: StackWaivers, waivable: frozenset[str]
) -> Iterator[Finding]:
    for index, waiver in enumerate(stack.waivers):
        invalid = _why_invalid(waiver, stack.today)
        rule, detail = _USED, ""
        if waiver.rule not in waivable:
            rule, detail = _KNOWN, ", which is not a rule that a stack can waive"
        elif invalid:
            rule, detail = _CURRENT, f" but {invalid}"
        elif not any(_waives(waiver, one) for one in findings):
            detail = " where it holds"
        if detail:
            place = f"waivers[{index}]"
            found = finding(rule, Breach(place=place, detail=f"waives {waiver.rule}{detail}"))
            file, line = stack.place(index)
            yield replace(found, file=file, line=line, key=place)
