"""A key of a Secret that somebody else fills."""

from pydantic import Field

from settings.names import Label, SecretKey
from settings.settings import Settings


class SecretReference(Settings):
    """A key of a Secret that exists in the stack's namespace."""

    secret: Label = Field(description="Name of the Secret.")
    key: SecretKey = Field(description="Key in it.")
