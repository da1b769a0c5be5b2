"""A chat in the browser over the models of a stack."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from documents.names import Label, Size
from documents.validation import contradiction
from settings.base import Settings
from settings.exposure import ExposureSettings
from settings.names import ImageReference, PoolName
from settings.served import RegistryLogin


class ChatSettings(Settings):
    """One page that asks the models of the stack; who opens it needs its login."""

    image: ImageReference = Field(
        description="Image made from apps/chat/Dockerfile; `digests` can pin it."
    )
    login: RegistryLogin = Field(description="Secret with the user and password of the page.")
    client: Label | None = Field(
        default=None, description="Whose key of router.keys it uses, in a stack with a router."
    )
    pool: PoolName | None = Field(
        default=None, description="The pool that it asks, in a stack without a router."
    )
    title: Annotated[str, Field(min_length=1, max_length=60)] = Field(
        default="Chat", description="What the page is called."
    )
    answers: int = Field(
        default=50, ge=1, le=1000, description="Answers written at once; as many more may wait."
    )
    cpu: int = Field(default=1, ge=1, le=64, description="Whole cores of its pod.")
    memory: Size = Field(default="512Mi", description="Memory of its pod.")
    exposure: ExposureSettings | None = Field(
        default=None, description="How browsers outside of the cluster reach it; not if absent."
    )

    @model_validator(mode="after")
    def _has_a_name_of_its_own(self) -> Self:
        if self.exposure and self.exposure.path != "/":
            raise contradiction(
                f"is reached at the path {self.exposure.path}, and its page is made for a whole "
                "host",
                "give it a host of its own and delete `path`",
            )
        if self.exposure and self.exposure.pool:
            raise contradiction("exposes a pool", "delete `pool`: its page is what is reached")
        return self
