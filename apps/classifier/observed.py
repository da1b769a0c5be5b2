"""What two versions answered, and what was right: read from files of JSON lines, joined by id.

Answers are `{"id": ..., "version": ..., "label": ...}`, truths `{"id": ..., "label": ...}`; truths
may come much later. Of each version the first answers count, as many as were planned.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from apps.classifier.data import ClassifierError
from apps.classifier.proportions import Count

_LONGEST = 100_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was fixed before the first answer: two versions, and how many answers of each."""

    first: str
    second: str
    samples: int
    confidence: float
    power: float
    least: float


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What counts of each version, and what does not."""

    first: Count
    second: Count
    # Answers whose truth is not known yet, by version.
    waiting: Mapping[str, int]
    # Answers of versions that the plan does not name.
    others: int


def plan_of(text: str, place: str) -> Plan:
    """Return the plan in a file.

    Raises:
        ClassifierError: it is not one.
    """
    found = _object(text, place)
    kinds: Mapping[str, type] = {
        name: kind for name, kind in Plan.__annotations__.items() if isinstance(kind, type)
    }
    wrong = [
        name for name, kind in kinds.items()
        if type(found.get(name)) is not kind and not (kind is float and found.get(name) == 1)
    ]  # fmt: skip
    if wrong or set(found) != set(kinds):
        names = wrong or sorted(set(found) - set(kinds))
        raise ClassifierError(f"{place}: {names[0]} is not as `plan` writes it", "write it again")
    plan = Plan(**found)
    if plan.first == plan.second or plan.samples < 1 or not 0 < plan.confidence < 1:
        raise ClassifierError(f"{place} plans nothing that can be compared", "write it again")
    return plan


def seen(plan: Plan, answers: Iterable[str], truths: Iterable[str]) -> Seen:
    """Return what counts of two files; of an id that is there twice, what came first.

    Raises:
        ClassifierError: a line is not of its form; by its number.
    """
    known = {one["id"]: one["label"] for one in reversed([*_lines(truths, "truths", ("label",))])}
    right, total, waiting = Counter[str](), Counter[str](), Counter[str]()
    others, told = 0, set[str]()
    for one in _lines(answers, "answers", ("version", "label")):
        version = str(one["version"])
        if one["id"] in told:
            continue
        told.add(one["id"])
        if version not in (plan.first, plan.second):
            others += 1
        elif one["id"] not in known:
            waiting[version] += 1
        elif total[version] < plan.samples:
            total[version] += 1
            right[version] += one["label"] == known[one["id"]]
    first, second = (
        Count(right=right[name], total=total[name]) for name in (plan.first, plan.second)
    )
    return Seen(first=first, second=second, waiting=waiting, others=others)


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, one after the other.

    Raises:
        ClassifierError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="strict") as source:
            while line := source.readline(_LONGEST):
                yield line
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ClassifierError(f"{path} cannot be read: {why}", "name a readable file") from None


def _lines(source: Iterable[str], what: str, wanted: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        found = _object(line, f"line {number} of the {what}")
        if not isinstance(found.get("id"), str) or any(name not in found for name in wanted):
            raise ClassifierError(
                f"line {number} of the {what} is {line.strip()[:80]!r}",
                f"write it as an object with a text `id`, and {' and '.join(wanted)}",
            )
        yield found


def _object(text: str, place: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ClassifierError(f"{place} is not a JSON object", "write it again")
    return cast("dict[str, Any]", found)
