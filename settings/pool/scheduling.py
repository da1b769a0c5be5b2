"""Where and when the scheduler may place the pods of a pool."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from documents.names import Label, LabelKey, LabelValue
from documents.validation import contradiction
from hardware.profile import Effect
from settings.base import Settings


class Spread(StrEnum):
    """Over what the pods of a pool are spread, as far as nodes are free."""

    ZONE = "zone"
    NODE = "node"


class Arch(StrEnum):
    """The processor of a node, in the words of `kubernetes.io/arch`."""

    AMD64 = "amd64"
    ARM64 = "arm64"


def _priority(name: str) -> str:
    # The cluster's own two: they would push out its DNS and network before a model gives way.
    if name.startswith("system-"):
        raise contradiction(f"{name} is the cluster's own", "use a PriorityClass of yours")
    return name


class Operator(StrEnum):
    """How a taint is met: by its key alone, or by its value too."""

    EXISTS = "Exists"
    EQUAL = "Equal"


class TolerationSettings(Settings):
    """A taint of nodes that the pods of a pool accept, beside those of its GPUs."""

    key: LabelKey = Field(description="Key of the taint.")
    operator: Operator = Field(
        default=Operator.EQUAL,
        strict=False,
        description="`Exists` for any value, `Equal` for the one given.",
    )
    value: LabelValue | None = Field(default=None, description="Value of the taint.")
    effect: Effect | None = Field(
        default=None, strict=False, description="Effect of the taint; any if absent."
    )

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        if (self.operator is Operator.EQUAL) != (self.value is not None):
            raise contradiction(
                "gives a value that `Exists` ignores, or none that `Equal` compares",
                "use `operator: Exists` without a value, or give the value",
            )
        return self


class SchedulingSettings(Settings):
    """What the scheduler is told in addition to GPUs and node labels."""

    priority_class: Annotated[Label, AfterValidator(_priority)] | None = Field(
        default=None, description="PriorityClass of the servers; it exists already."
    )
    queue: Label | None = Field(
        default=None, description="Kueue LocalQueue that admits the servers; it exists already."
    )
    spread: Spread | None = Field(
        default=None,
        strict=False,
        description="Keep the servers apart where nodes allow it; never a reason to wait.",
    )
    arch: Arch | None = Field(
        default=None, strict=False, description="Processor of its nodes; any if absent."
    )
    tolerations: tuple[TolerationSettings, ...] = Field(
        default=(),
        strict=False,
        max_length=20,
        description="Taints that its pods accept, beside those of its GPUs.",
    )
