"""Where and when the scheduler may place the pods of a pool."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.validation import contradiction
from settings.base import Settings
from settings.names import Label


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
