"""The forms of names and sizes that files of ours have in common."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from documents.quantity import whole_bytes
from documents.validation import contradiction, form

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
Size = Annotated[str, BeforeValidator(_size_in("Gi")), Field(examples=["20Gi"])]
# What a request takes.
SmallSize = Annotated[str, BeforeValidator(_size_in("Mi")), Field(examples=["25Mi"])]
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
# A DNS subdomain (RFC 1123), as names of cluster-wide classes are.
DeviceClass = Annotated[
    str, form(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "gpu.nvidia.com", max_length=253)
]
