"""A rule of a stack file: what must hold between its keys, where it is broken, and what to do."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from documents.problem import KeyPath, Problem

Subject = TypeVar("Subject")


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[Subject]):
    """What must hold over one subject; `judge` yields how it is broken.

    A problem that names no key or no cure has those of the rule. `key` is the key of the file to
    change, with `*` for any name.
    """

    id: str
    key: str
    sentence: str
    cure: str
    judge: Callable[[Subject], Iterable[Problem]]


def broken(
    rules: Iterable[Rule[Subject]], subject: Subject, path: KeyPath = ()
) -> Iterator[Problem]:
    """Yield the rules that a subject breaks, with keys below the path of the subject."""
    for rule in rules:
        for one in rule.judge(subject):
            place = one.path or tuple(rule.key.split("."))
            yield replace(one, path=(*path, *place), cure=one.cure or rule.cure)
