"""A key that one client sends to the router, and what it may do with it."""

from typing import Annotated

from pydantic import Field

from settings.names import ModelName
from settings.secret_reference import SecretReference


class RouterKeySettings(SecretReference):
    """A key of a Secret, the models it opens, and how much of them."""

    models: Annotated[tuple[ModelName, ...], Field(strict=False, max_length=500)] = Field(
        default=(), description="Models and aliases it opens; every one if absent."
    )
    rpm: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Requests a minute, counted by each pod of the router."
    )
    tpm: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = Field(
        default=None, description="Tokens a minute, counted by each pod of the router."
    )
