"""The forms of names, sizes and references in a stack file."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from documents.quantity import whole_bytes
from documents.validation import contradiction, form
from settings.base import Settings

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
# More digits than the largest size has are no size, and cost time to read.
_NUMBER = re.compile(r"[1-9][0-9]{0,15}\Z")
SIZE = re.compile(r"([1-9][0-9]{0,15})(Mi|Gi|Ti)\Z")
_LARGER = {"Mi": "Gi", "Gi": "Ti"}
# Larger than any disk: a typing slip, not a wish.
_LARGEST = 2**50


def label(text: str, longest: int = 63) -> str:
    """Return a DNS label (RFC 1123) of at most `longest` characters."""
    if len(text) > longest:
        raise contradiction(f"{text[:20]!r}… is too long", f"use at most {longest} characters")
    if not LABEL.match(text):
        raise contradiction(
            f"{text!r} is not a DNS label", "use a-z, 0-9 and inner hyphens, such as `chat-large`"
        )
    return text


def _pool_name(text: str) -> str:
    # Names of objects add a suffix of up to 24 characters to it.
    return label(text, longest=32)


def _canonical(text: str) -> str:
    """Return a size in the largest unit that holds it, as the API server writes it."""
    number, unit = int(text[:-2]), text[-2:]
    while unit in _LARGER and number % 1024 == 0:
        number, unit = number // 1024, _LARGER[unit]
    return f"{number}{unit}"


def _size_in(unit: str) -> Callable[[object], object]:
    """Return what reads a size, and names this unit where one has none."""

    def size(value: object) -> object:
        text = str(value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return value
        if _NUMBER.match(text):
            raise contradiction(f"is {text}, without a unit", f'write "{text}{unit}"')
        if not SIZE.match(text):
            cure = f"write a whole number with Mi, Gi or Ti, such as 25{unit}"
            raise contradiction(f"{text!r:.60} is not a size", cure)
        if whole_bytes(text) > _LARGEST:
            raise contradiction(f"{text} is more than any disk holds", "use at most 1024Ti")
        return _canonical(text)

    return size


Label = Annotated[str, AfterValidator(label)]
PoolName = Annotated[str, AfterValidator(_pool_name)]
Size = Annotated[str, BeforeValidator(_size_in("Gi")), Field(examples=["20Gi"])]
# What a request takes.
SmallSize = Annotated[str, BeforeValidator(_size_in("Mi")), Field(examples=["25Mi"])]
# What clients send as `model`; it also has to suit a file name.
ModelName = Annotated[str, form(r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", "qwen3-0.6b", max_length=63)]
SecretKey = Annotated[str, form(r"^[-._a-zA-Z0-9]+$", "api-key", max_length=253)]
LabelKey = Annotated[
    str,
    form(
        r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
        "example.com/team",
    ),
]
LabelValue = Annotated[
    str, form(r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", "search", max_length=63)
]
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
