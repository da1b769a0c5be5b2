"""The facts that gates are judged by: plain values, which somebody else found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from settings.promotion import PromotionSettings, Seen
from settings.served import ServedVersion


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a file of evidence says: stack, release, when, and what it does not show."""

    file: str
    kind: str
    stack: str
    release: str
    time: datetime
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Health:
    """What was seen of one thing in the cluster."""

    holds: bool
    words: str
    cure: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that gates are judged by; `release` is the digest of what is promoted.

    `since` is when the stack it comes from began to declare it, and the commit; None where that is
    not known. `problems` keep the target from being made at all, `rules` are those of `check` that
    refuse it then. `licenses` are those of the models that are promoted, by name. `approvals` is
    None where no pull request is open yet. `servers` are those that it was proven on, and of the
    target. `blocked` says why the release
    is blocked, or nothing; None where nobody looked. `served` are the served models that are
    promoted, by name, and `least` is what their metrics must reach. Money is US dollars an hour,
    list price.
    """

    now: datetime
    settings: PromotionSettings
    source: str
    target: str
    release: str
    servers: tuple[str, str]
    blocked: str | None = None
    proofs: tuple[Proof, ...] = ()
    health: Mapping[Seen, Health] = field(default_factory=dict[Seen, Health])
    since: tuple[datetime, str] | None = None
    problems: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    cost: Decimal = Decimal(0)
    budget: int | None = None
    licenses: Mapping[str, str] = field(default_factory=dict[str, str])
    approvals: frozenset[str] | None = None
    served: Mapping[str, ServedVersion] = field(default_factory=dict[str, ServedVersion])
    least: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
