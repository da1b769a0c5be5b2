"""Where a file of weights comes from, and which bytes it must be."""

import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from documents.validation import Strict, contradiction
from fetch.weight_set import LARGEST, MAGIC, NAME, of_known_type
from models.address import IMAGE, address

ABOUT = re.compile(r"about ([0-9]{1,6}(?:\.[0-9]{1,6})?) (MB|GB)\Z")
_UNITS = {"MB": 10**6, "GB": 10**9}
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_PART = re.compile(r"-[0-9]{5}-of-(?!00001)([0-9]{5})\.[A-Za-z]+\Z")
# Of no byte at all: what a failed download leaves.
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_ENDING = re.compile(r"\.(?=[0-9]*[a-z])([a-z0-9]{1,11})\Z")


class WeightsSize(Strict):
    """A size in bytes; `exact` is false where it is an estimate that nobody has locked.

    An estimate is rounded: it stands for up to `spread` more.
    """

    bytes: Annotated[int, Field(ge=1, le=LARGEST)]
    exact: bool
    spread: int = 0

    @property
    def most(self) -> int:
        """Return the largest size that is written so."""
        return self.bytes + self.spread

    @property
    def written(self) -> int | str:
        """Return what a model file writes for it."""
        if self.exact:
            return self.bytes
        # An estimate has few digits; its spread tells how many.
        texts = (
            f"about {Decimal(self.bytes).scaleb(-power):.{digits}f} {unit}"
            for unit, power in (("GB", 9), ("MB", 6))
            for digits in range(7)
        )
        return next(text for text in texts if self._is(*_about_bytes(text)))

    def _is(self, count: int, spread: int) -> bool:
        return count == self.bytes and min(spread, LARGEST - count) == self.spread

    def __str__(self) -> str:
        """Return the size in decimal units, as file hosts show it."""
        text = f"{self.bytes / 1e9:.2f} GB" if self.bytes >= 10**9 else f"{self.bytes / 1e6:.0f} MB"
        return text if self.exact else f"about {text}"


def _size(value: Any) -> Any:
    count, spread = (_exact_bytes(value), 0) if _exact_bytes(value) else _about_bytes(value)
    if not 1 <= count <= LARGEST:
        raise contradiction(
            f"{value!r:.60} is not a size",
            "write exact bytes, or an estimate such as `about 5.03 GB`",
        )
    spread = min(spread, LARGEST - count)
    return WeightsSize(bytes=count, exact=_exact_bytes(value) > 0, spread=spread)


def _exact_bytes(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _about_bytes(value: Any) -> tuple[int, int]:
    """Return an estimate, and half of what its last digit stands for."""
    found = ABOUT.match(value) if isinstance(value, str) else None
    if not found:
        return 0, 0
    digits = len(found[1].partition(".")[2])
    unit = _UNITS[found[2]]
    return round(float(found[1]) * unit), unit // 10**digits // 2


def _digest(text: str) -> str:
    if text == _EMPTY:
        raise contradiction("is the digest of an empty file", "take that of the whole file")
    if _DIGEST.match(text):
        return text
    if _DIGEST.match(text.lower()):
        # LocalAI compares text: an upper-case digest never matches, and the file is deleted.
        raise contradiction("is a digest in upper case", f"write {text.lower()}")
    raise contradiction(f"{text[:72]!r} is not a sha256", "write its 64 hexadecimal digits")


def _file(text: str) -> str:
    if not NAME.fullmatch(text):
        raise contradiction(
            f"{text[:80]!r} is not a plain file name",
            "use letters, digits, dash, underscore and single dots",
        )
    if not of_known_type(text):
        # Other formats can run code when they are loaded.
        raise contradiction(
            f"{text!r:.80} is of a type that is not allowed",
            f"use one of {', '.join(MAGIC)}, in lower case",
        )
    if found := _PART.search(text):
        # llama.cpp looks for the others next to it, where nothing is fetched to.
        raise contradiction(
            f"{text!r:.80} is one of {int(found[1])} parts, and a model is a single file",
            "use a file that holds it whole, such as one of another quantization",
        )
    return text


class Weights(Strict):
    """One file: its address, its name, its digest and its size."""

    url: Annotated[str, Field(max_length=2048), AfterValidator(address)] = Field(
        description="https address, or oci:// of an image by digest that holds the file."
    )
    file: Annotated[str, AfterValidator(_file)] = Field(description="File name on the volume.")
    sha256: Annotated[str, AfterValidator(_digest)] = Field(description="64 lower-case hex digits.")
    size: Annotated[WeightsSize, BeforeValidator(_size)] = Field(
        description="Exact bytes, or `about 5.03 GB` until it is locked."
    )
    gated: bool = Field(
        default=False,
        description="Whether the hub asks who fetches it: such a stack needs a `hubToken`.",
    )

    @model_validator(mode="after")
    def _address_is_of_the_same_type(self) -> Self:
        said, own = (_ENDING.search(name.lower()) for name in (self.url, self.file))
        if self.image is None and said and own and said[1] != own[1]:
            raise contradiction(
                f"is fetched from a file that ends in {said[0]}, and named .{own[1]}",
                "use the address of a file of that type",
            )
        return self

    @property
    def image(self) -> str | None:
        """Return the image that holds the file in its root, for an image volume, if one does."""
        found = IMAGE.match(self.url)
        return found[1] if found else None

    @property
    def path(self) -> str:
        """Return where it lies below the models folder; the digest keeps equal names apart."""
        return f"weights/{self.sha256}/{self.file}"
