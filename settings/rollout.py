"""How a new version takes over from the one that serves, and what is measured meanwhile."""

from enum import StrEnum
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from documents.names import Label
from documents.validation import contradiction
from settings.base import Settings
from settings.exposure import Host
from settings.names import SecretKey
from settings.pool.scaling import Address

_ALL = 100


class RolloutStrategy(StrEnum):
    """How requests move to a new version: a share at a time, or all of them at once."""

    CANARY = "canary"
    BLUE_GREEN = "blueGreen"


class TrafficSettings(Settings):
    """Traefik, which gives each version its share of the requests, however many pods it has."""

    host: Host = Field(description="Name under which clients ask Traefik for the model.")
    namespace: Label = Field(
        default="traefik", description="Namespace of the pods of Traefik; they are let in."
    )
    entry_points: tuple[Label, ...] = Field(
        default=("web",),
        strict=False,
        min_length=1,
        max_length=10,
        description="Entry points of Traefik that listen for it.",
    )
    certificate: Label | None = Field(
        default=None, description="Secret of type kubernetes.io/tls; plain HTTP if absent."
    )


class SampleSettings(Settings):
    """Inputs whose answers are known, in a ConfigMap: `{"rows": […], "labels": […]}` in JSON."""

    config_map: Label = Field(description="Name of the ConfigMap in the namespace of the stack.")
    key: SecretKey = Field(default="samples.json", description="Key in it.")
    output: str = Field(
        default="label",
        min_length=1,
        max_length=200,
        description="Output of the model that is compared with the labels.",
    )


class AccuracySettings(Settings):
    """How accurate a new version has to be, next to the one that serves, on the same samples."""

    samples: SampleSettings = Field(description="What both versions are asked.")
    points: int = Field(
        default=5, ge=0, le=50, description="Percentage points that it may be less accurate."
    )


class WatchSettings(Settings):
    """The last step: all requests reach the new version, and the one before still has its pods."""

    seconds: int = Field(default=600, ge=30, le=86_400, description="How long it is watched.")
    error_percent: int = Field(
        default=5, ge=0, le=_ALL, description="Requests that may fail on the server."
    )


class RolloutSettings(Settings):
    """A rollout by Argo Rollouts, which goes back by itself where a figure is bad or missing."""

    strategy: RolloutStrategy = Field(
        default=RolloutStrategy.CANARY, strict=False, description="How requests move."
    )
    steps: tuple[int, ...] = Field(
        default=(5, 25, 50, 100),
        strict=False,
        min_length=1,
        max_length=20,
        description="Per cent of the requests that a canary gets, one step after the other.",
    )
    step_seconds: int = Field(
        default=300, ge=30, le=86_400, description="How long each step but the last one takes."
    )
    error_percent: int = Field(
        default=1, ge=0, le=_ALL, description="Requests that may fail on the server in a step."
    )
    # The largest bucket of the model server ends at 5 s, and no quantile is higher.
    p99_milliseconds: int = Field(
        default=2000,
        ge=1,
        le=4999,
        description="Time within which 99 of 100 requests are answered, in every step.",
    )
    least_requests: int = Field(
        default=20,
        ge=1,
        le=1_000_000,
        description="Requests in half a step without which its figures say nothing; fewer fail.",
    )
    watch: WatchSettings = Field(
        default_factory=WatchSettings, description="What holds at 100 per cent."
    )
    accuracy: AccuracySettings | None = Field(
        default=None, description="How accurate it has to be; not measured if absent."
    )
    prometheus: Address = Field(description="Prometheus that scrapes the pods.")
    traffic: TrafficSettings | None = Field(
        default=None, description="What divides requests; the numbers of pods do if absent."
    )

    @model_validator(mode="after")
    def _goes_up_to_all(self) -> Self:
        steps = ", ".join(map(str, self.steps))
        if self.steps[-1] != _ALL or self.steps[0] < 1:
            raise contradiction(
                f"has steps {steps}, of which the last has to be {_ALL}",
                "use per cents that rise to 100, such as [5, 25, 50, 100]",
            )
        if any(one >= other for one, other in pairwise(self.steps)):
            raise contradiction(f"has steps {steps}, which do not rise", "sort them")
        by_pods = self.traffic is None and self.strategy is RolloutStrategy.CANARY
        if self.accuracy and by_pods and len(self.steps) == 1:
            raise contradiction(
                "has one step, in which no pod of the version before is left to compare with",
                "add a step below 100, or declare `traffic`",
            )
        if self.traffic and self.strategy is RolloutStrategy.BLUE_GREEN:
            raise contradiction(
                "divides requests, and blueGreen moves all of them at once",
                "delete `traffic`, or use the strategy canary",
            )
        return self

    @property
    def judged(self) -> tuple[int, ...]:
        """Return the seconds of each step in which it is judged, the watch last."""
        before = len(self.steps) - 1 if self.strategy is RolloutStrategy.CANARY else 0
        return (*[self.step_seconds] * before, self.watch.seconds)

    def held(self, pods: int) -> None:
        """Hold the smallest step against the fewest pods that there may be.

        Raises:
            PydanticCustomError: pods alone cannot give a version so small a share.
        """
        by_pods = self.traffic is None and self.strategy is RolloutStrategy.CANARY
        least = self.steps[0]
        if by_pods and least * pods < _ALL:
            raise contradiction(
                f"gives a canary {least} % of the requests by numbers of pods, of which there may "
                f"be {pods}",
                f"add `traffic`, have {-(-_ALL // least)} pods or more, or begin with "
                f"{-(-_ALL // pods)} %",
            )
