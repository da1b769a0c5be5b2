"""Where a file of weights comes from, and which bytes it must be."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from documents.validation import Strict, contradiction

_ABOUT = re.compile(r"about ([0-9]{1,6}(?:\.[0-9]{1,6})?) (MB|GB)\Z")
_UNITS = {"MB": 10**6, "GB": 10**9}
_LARGEST = 10**13
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
# Visible ASCII only: a look-alike host or a line break is not what a reviewer sees.
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)\Z")
_CARRIES_MORE = re.compile(r"https://([^/]*@|.*[?#])")
_ENDINGS = (".gguf", ".bin", ".safetensors")


class WeightsSize(Strict):
    """A size in bytes; `exact` is false where it is an estimate that nobody has locked."""

    bytes: Annotated[int, Field(ge=1, le=_LARGEST)]
    exact: bool

    def __str__(self) -> str:
        """Return the size in decimal units, as file hosts show it."""
        text = f"{self.bytes / 1e9:.2f} GB" if self.bytes >= 10**9 else f"{self.bytes / 1e6:.0f} MB"
        return text if self.exact else f"about {text}"


def _size(value: Any) -> Any:
    count = _exact_bytes(value) or _about_bytes(value)
    if not 1 <= count <= _LARGEST:
        raise contradiction(
            f"{value!r:.60} is not a size",
            "write exact bytes, or an estimate such as `about 5.03 GB`",
        )
    return WeightsSize(bytes=count, exact=_exact_bytes(value) > 0)


def _exact_bytes(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _about_bytes(value: Any) -> int:
    found = _ABOUT.match(value) if isinstance(value, str) else None
    return round(float(found[1]) * _UNITS[found[2]]) if found else 0


def _digest(text: str) -> str:
    if _DIGEST.match(text):
        return text
    if _DIGEST.match(text.lower()):
        # LocalAI compares text: an upper-case digest never matches, and the file is deleted.
        raise contradiction("is a digest in upper case", f"write {text.lower()}")
    raise contradiction(f"{text[:72]!r} is not a sha256", "write its 64 hexadecimal digits")


def _address(text: str) -> str:
    if _CARRIES_MORE.match(text):
        raise contradiction(
            "carries a user name, a query or a fragment", "use the plain address of the file"
        )
    if not _ADDRESS.match(text):
        raise contradiction(f"{text[:80]!r} is not an https address", "use https://host/path/file")
    return text


def _file(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text) or len(text) > 200:
        raise contradiction(
            f"{text[:80]!r} is not a plain file name", "use letters, digits, dot, dash, underscore"
        )
    if not text.lower().endswith(_ENDINGS):
        # Other formats can run code when they are loaded.
        raise contradiction(
            f"{text!r:.80} is of a type that is not allowed", f"use one of {', '.join(_ENDINGS)}"
        )
    return text


class Weights(Strict):
    """One file: its address, its name, its digest and its size."""

    url: Annotated[str, Field(max_length=2048), AfterValidator(_address)] = Field(
        description="https address; its digest makes a moving revision harmless."
    )
    file: Annotated[str, AfterValidator(_file)] = Field(description="File name on the volume.")
    sha256: Annotated[str, AfterValidator(_digest)] = Field(description="64 lower-case hex digits.")
    size: Annotated[WeightsSize, BeforeValidator(_size)] = Field(
        description="Exact bytes, or `about 5.03 GB` until it is locked."
    )

    @property
    def path(self) -> str:
        """Return where it lies below the models folder; the digest keeps equal names apart."""
        return f"weights/{self.sha256}/{self.file}"
