"""A GPU profile: what a pod needs to land on one kind of GPU, and what that GPU holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from localai.release import Accelerator

GIB = 2**30


class UnknownProfileError(LookupError):
    """A GPU profile that is not in a table; the text says what to do."""


class Effect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """A taint that pods of a profile accept."""

    key: str
    effect: Effect = Effect.NO_SCHEDULE


@dataclass(frozen=True, kw_only=True)
class Price:
    """A list price per GPU and hour in US dollars, with where and when it was listed."""

    dollars_per_hour: Decimal
    source: str


@dataclass(frozen=True, kw_only=True)
class GpuProfile:
    """One kind of GPU node; `memory` is in bytes, of one GPU, or None where only its owner knows.

    `slice` marks a part of a GPU that a pod takes one of. `device_class` is what a DRA driver calls
    the device, if it does.
    """

    name: str
    accelerator: Accelerator
    resource: str
    memory: int | None
    node_selector: Mapping[str, str]
    tolerations: tuple[Toleration, ...]
    runtime_class: str | None = None
    device_class: str | None = None
    slice: bool = False
    price: Price | None = None
    source: str
