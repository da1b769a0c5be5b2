"""A rule: one thing that must hold, why, and what to do where it does not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops.validation.rules.catalog_uses import CatalogUses
from gitops.validation.rules.stack_objects import StackObjects

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Breach:
    """Where a rule does not hold, an object or a file, and in what."""

    place: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What every rule says; one that does not refuse is a note.

    `key` is the key of a stack file that decides whether it holds; empty where no single one does.
    """

    id: str
    sentence: str
    reason: str
    cure: str
    refuses: bool = True
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
