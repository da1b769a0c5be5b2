"""The forms of names, sizes and references in a stack file."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.quantity import whole_bytes
from documents.validation import contradiction
from settings.base import Settings

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
# More digits than the largest size has are no size, and cost time to read.
_SIZE = re.compile(r"([1-9][0-9]{0,15})(Mi|Gi|Ti)\Z")
# Larger than any disk: a typing slip, not a wish.
_LARGEST = 2**50


def label(text: str, longest: int = 63) -> str:
    """Return a DNS label (RFC 1123) of at most `longest` characters."""
    if len(text) > longest:
        raise contradiction(f"{text[:20]!r}… is too long", f"use at most {longest} characters")
    if not _LABEL.match(text):
        raise contradiction(
            f"{text!r} is not a DNS label", "use a-z, 0-9 and inner hyphens, such as `chat-large`"
        )
    return text


def _pool_name(text: str) -> str:
    # Names of objects add a suffix of up to 24 characters to it.
    return label(text, longest=32)


def _size(text: str) -> str:
    if not _SIZE.match(text):
        raise contradiction(f"{text!r:.60} is not a size", "write a whole number with Mi, Gi or Ti")
    if whole_bytes(text) > _LARGEST:
        raise contradiction(f"{text} is more than any disk holds", "use at most 1024Ti")
    return text


Label = Annotated[str, AfterValidator(label)]
PoolName = Annotated[str, AfterValidator(_pool_name)]
Size = Annotated[str, AfterValidator(_size), Field(examples=["20Gi"])]
# What clients send as `model`; it also has to suit a file name.
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=63)]
SecretKey = Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$", max_length=253)]
LabelKey = Annotated[
    str,
    Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"),
]
LabelValue = Annotated[
    str, Field(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", max_length=63)
]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
ImageReference = Annotated[
    str, Field(pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
]


class SecretReference(Settings):
    """A key of a Secret that exists in the stack's namespace."""

    secret: Label = Field(description="Name of the Secret.")
    key: SecretKey = Field(description="Key in it.")
