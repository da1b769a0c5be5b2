"""What must hold before a release is promoted into a stack, and what may be waived for a while."""

import re
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from documents.validation import contradiction, form
from settings.base import Settings
from settings.names import PoolName
from settings.served import Figure
from settings.stack.waivers import day

_AGE = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Age = Annotated[str, form(r"^[1-9][0-9]{0,3}[mhd]$", "7d", "a number of minutes, hours or days")]
Clock = Annotated[str, form(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "09:00", "a time of day")]
StackName = Annotated[str, form(r"^[a-z0-9]([a-z0-9.-]{0,40}[a-z0-9])?$", "qa")]


def span(age: str) -> timedelta:
    """Return how long `30m`, `12h` or `7d` is."""
    found = _AGE.fullmatch(age)
    if not found:
        raise ValueError(age)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


class GateName(StrEnum):
    """The gates of a promotion, in the order in which they are shown."""

    NOT_BLOCKED = "release-not-blocked"
    SAME_SERVER = "same-server"
    OPERATOR = "operator-healthy"
    ARGO = "argo-healthy"
    VERIFIED = "verify-passed"
    SMOKE = "smoke-evidence"
    LOAD = "load-evidence"
    EVALUATION = "evaluate-evidence"
    ACCURACY = "accuracy-reached"
    F1 = "f1-reached"
    FIT = "fits"
    RULES = "rules-hold"
    BUDGET = "within-budget"
    LICENSES = "licenses-allowed"
    SOAKED = "soaked"
    WINDOW = "in-window"
    APPROVED = "approved"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Seen(StrEnum):
    """What is looked at in the cluster of the stack that is promoted from."""

    OPERATOR = "operator"
    ARGO = "argo"
    VERIFY = "verify"


class WindowSettings(Settings):
    """A time of the week."""

    days: Annotated[
        tuple[Annotated[Weekday, Field(strict=False)], ...],
        Field(min_length=1, max_length=7, strict=False),
    ] = Field(description="Days of the week, such as [mon, tue, wed, thu].")
    start: Clock = Field(alias="from", description="From when on, in quotes.")
    until: Clock = Field(description="Until when, on the same day, in quotes.")
    # Whether it is known is seen when it is used: where the engine runs there may be no list.
    time_zone: Annotated[str, form(r"^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$", "Europe/Vienna")] = Field(
        default="UTC", description="Time zone of both."
    )

    @model_validator(mode="after")
    def _forward(self) -> "WindowSettings":
        if self.until <= self.start:
            raise contradiction(
                f"ends at {self.until}, before it starts at {self.start}",
                "give the end of the same day",
            )
        return self


class EvidenceSettings(Settings):
    """How old evidence may be, by its kind; a kind without an age is not needed."""

    smoke: Age | None = Field(default="7d", description="Evidence of `verify`.")
    load: Age | None = Field(default=None, description="Evidence of load.")
    evaluate: Age | None = Field(default=None, description="Evidence of evaluation.")


def _share(value: str) -> str:
    if not 0 <= Decimal(value) <= 1:
        raise contradiction(f"is {value}, and metrics are shares", 'write it from "0" to "1"')
    return value


_Share = Annotated[Figure, AfterValidator(_share)]


class LeastMetrics(Settings):
    """What the metrics of served models must reach, quoted."""

    accuracy: _Share | None = Field(
        default=None, description='Least accuracy; if absent "0.85", in the last stack "0.90".'
    )
    f1: _Share | None = Field(
        default=None, description='Least F1; if absent "0.80", in the last stack "0.85".'
    )


class GateWaiver(Settings):
    """A gate that does not hold, who answers for it, why, and until when."""

    gate: GateName = Field(strict=False, description="The gate.")
    reason: Annotated[str, Field(min_length=10, max_length=1000)] = Field(
        description="Why it need not hold, in a sentence."
    )
    name: Annotated[str, Field(min_length=2, max_length=100)] = Field(
        description="Who answers for it."
    )
    until: Annotated[date, BeforeValidator(day)] = Field(
        description="Last day on which it counts, in quotes; a year ahead at most."
    )


class NoticeEvent(StrEnum):
    """What people are told of a promotion."""

    OPENED = "opened"
    MERGED = "merged"
    VERIFIED = "verified"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"


def _reference(value: Any) -> Any:
    # An address of a webhook is a secret, which a message about it must not repeat.
    if isinstance(value, str) and not _VARIABLE.fullmatch(value):
        raise contradiction(
            "is not the name of an environment variable",
            "put the address into a variable, such as LOCALAI_NOTICES, and its name here",
        )
    return value


Variable = Annotated[
    str, BeforeValidator(_reference), form(r"^[A-Z][A-Z0-9_]{0,63}$", "LOCALAI_NOTICES")
]


class NoticeSettings(Settings):
    """Whom `promote`, `rollback --notify` and `notify` tell; the address is never in a file."""

    slack: Variable | None = Field(
        default=None, description="Variable with the address of an incoming webhook of Slack."
    )
    webhook: Variable | None = Field(
        default=None, description="Variable with the https address that takes JSON."
    )
    events: Annotated[
        tuple[Annotated[NoticeEvent, Field(strict=False)], ...],
        Field(min_length=1, max_length=5, strict=False),
    ] = Field(default=tuple(NoticeEvent), description="What is told.")

    @model_validator(mode="after")
    def _one_of_two(self) -> "NoticeSettings":
        if (self.slack is None) == (self.webhook is None):
            raise contradiction("needs one of slack and webhook", "name one variable")
        return self


class PromotionSettings(Settings):
    """From which stack releases come into this one, and what must hold."""

    source: StackName = Field(alias="from", description="The stack that releases come from.")
    evidence: EvidenceSettings = Field(
        default_factory=EvidenceSettings, description="What must have been seen there, and when."
    )
    health: Annotated[
        tuple[Annotated[Seen, Field(strict=False)], ...], Field(max_length=3, strict=False)
    ] = Field(default=(), description="What must be healthy there; it is asked with `--context`.")
    metrics: LeastMetrics = Field(
        default_factory=LeastMetrics,
        description="What served models must reach, where there are any.",
    )
    soak: Age | None = Field(
        default=None, description="How long it must have declared the release; no time if absent."
    )
    window: WindowSettings | None = Field(
        default=None, description="When a promotion may be merged; at any time if absent."
    )
    approvals: int = Field(
        default=0, ge=0, le=10, description="Approvals a promotion needs before it is merged."
    )
    licenses: (
        Annotated[
            tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
            Field(min_length=1, max_length=100, strict=False),
        ]
        | None
    ) = Field(default=None, description="Licenses that models may have; any if absent.")
    pools: dict[PoolName, PoolName] = Field(
        default_factory=dict[str, str],
        max_length=2000,
        description="Pools of that stack that have another name here: theirs, then ours.",
    )
    waivers: tuple[GateWaiver, ...] = Field(
        default=(), strict=False, max_length=50, description="Gates that need not hold for a while."
    )
    notices: NoticeSettings | None = Field(
        default=None, description="Whom to tell of promotions; nobody if absent."
    )

    @model_validator(mode="after")
    def _apart(self) -> "PromotionSettings":
        ours = list(self.pools.values())
        twice = sorted({one for one in ours if ours.count(one) > 1})
        if twice:
            raise contradiction(
                f"promotes two pools into {twice[0]}", "give each pool one of its own"
            )
        return self
