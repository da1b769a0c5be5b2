"""What may happen to claims that hold data."""

from pydantic import Field

from settings.names import Label
from settings.settings import Settings


class ClaimSettings(Settings):
    """What may happen to claims that hold data."""

    adopt: bool = Field(
        default=False,
        description="Take over objects that exist already, such as claims kept by a destroy.",
    )
    abandon: tuple[Label, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Claims a change may leave behind; without it, such a change is refused.",
    )
