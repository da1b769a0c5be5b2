"""The LocalAI server of a stack, and how its engines arrive."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.names import SmallSize
from documents.quantity import whole_bytes
from documents.validation import contradiction, form
from settings.base import Settings

# A tenth of the scratch of a pod.
_LARGEST_BODY = whole_bytes("1Gi")


def _in_the_scratch(size: str) -> str:
    if whole_bytes(size) > _LARGEST_BODY:
        raise contradiction(
            f"is {size}, which a pod would keep in its scratch for each request",
            "use at most 1Gi; larger recordings can be cut",
        )
    return size


class EngineSource(StrEnum):
    """How engines reach a pod: installed into the claim by a Job, or copied from image volumes."""

    CLAIM = "claim"
    IMAGE_VOLUME = "image-volume"


class ServerSettings(Settings):
    """The LocalAI server and how its engines arrive."""

    version: Annotated[
        str, form(r"^v[0-9]+\.[0-9]+\.[0-9]+$", "v4.9.0", "a version of LocalAI")
    ] = Field(description="LocalAI version that this program knows, such as v4.9.0.")
    longest_answer: int = Field(
        default=120,
        ge=1,
        le=3600,
        description="Seconds the longest answer takes: time-outs and the end of pods follow it.",
    )
    engines: EngineSource = Field(
        default=EngineSource.CLAIM,
        strict=False,
        description="claim works everywhere; image-volume needs Kubernetes 1.35 (1.33 by gate).",
    )
    # OpenAI's own limit for a recording; LocalAI's would be 15 MB.
    body_size: Annotated[SmallSize, AfterValidator(_in_the_scratch)] = Field(
        default="25Mi",
        description="Largest request: of a server, and of an nginx ingress before it.",
    )

    @property
    def body_bytes(self) -> int:
        """Return the bytes of the largest request."""
        return whole_bytes(self.body_size)
