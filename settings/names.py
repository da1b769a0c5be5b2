"""The forms of names and references in a stack file."""

from typing import Annotated

from pydantic import AfterValidator, Field

from documents.names import Label, label
from documents.validation import form
from settings.base import Settings


def _pool_name(text: str) -> str:
    # Names of objects add a suffix of up to 24 characters to it.
    return label(text, longest=32)


PoolName = Annotated[str, AfterValidator(_pool_name)]
# What clients send as `model`; it also has to suit a file name.
ModelName = Annotated[str, form(r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", "qwen3-0.6b", max_length=63)]
SecretKey = Annotated[str, form(r"^[-._a-zA-Z0-9]+$", "api-key", max_length=253)]
Digest = Annotated[
    str,
    form(
        r"^sha256:[0-9a-f]{64}$",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ),
]
ImageReference = Annotated[
    str,
    form(
        r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        "docker.io/localai/localai:v4.9.0",
    ),
]


class SecretReference(Settings):
    """A key of a Secret that exists in the stack's namespace."""

    secret: Label = Field(description="Name of the Secret.")
    key: SecretKey = Field(description="Key in it.")
