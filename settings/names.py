"""The forms of names and references in a stack file."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.names import Label, label
from documents.validation import contradiction, form
from settings.base import Settings


def _pool_name(text: str) -> str:
    # Names of objects add a suffix of up to 24 characters to it.
    return label(text, longest=32)


PoolName = Annotated[str, AfterValidator(_pool_name)]
# Marks of a name that clients send; none of them means anything in YAML, PromQL or a terminal.
MARKS = "._-/:@+~="
LONGEST_NAME = 200
# LiteLLM takes what starts so for a variable, or for another of its routes.
_TAKEN = ("os.environ/", "responses/")
# LocalAI cuts it off what clients send, before it looks for the name.
_CUT = ":latest"


def client_name(text: str) -> str:
    """Return a name that clients send: letters and digits of any script, and a few marks.

    LocalAI and the router compare it byte by byte, so capitals are kept and tell names apart.
    """
    if len(text) > LONGEST_NAME:
        raise contradiction(f"{text[:20]!r}… is too long", f"use at most {LONGEST_NAME} characters")
    if not text or not (text[0].isalnum() and _is_letter(text[-1])):
        raise contradiction(f"{text!r} does not start and end with a letter or digit", _EXAMPLE)
    if wrong := next((sign for sign in text if not (_is_letter(sign) or sign in MARKS)), ""):
        shown = ascii(wrong) if _HIDDEN.match(wrong) else repr(wrong)
        raise contradiction(f"{text!r} holds {shown}", f"{_EXAMPLE}: letters, digits and {MARKS}")
    if ".." in text or "//" in text:
        raise contradiction(f"{text!r} holds `..` or `//`, as a path would", _EXAMPLE)
    if not unicodedata.is_normalized("NFC", text):
        composed = unicodedata.normalize("NFC", text)
        raise contradiction(f"{text!r} is not composed (NFC)", f"write {composed!r}")
    if text.startswith(_TAKEN):
        raise contradiction(f"{text!r} starts like a word of the router", _EXAMPLE)
    if text.endswith(_CUT):
        cure = f"leave {_CUT} out; requests with it find the name, too"
        raise contradiction(f"{text!r} is never found: LocalAI cuts {_CUT} off", cure)
    return text


# Letters and marks that no font shows: Default_Ignorable_Code_Point of Unicode 15.
_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_EXAMPLE = "write it as Owner/Model-7B or llama3.1:8b"


def _is_letter(sign: str) -> bool:
    if not sign.isprintable() or _HIDDEN.match(sign):
        return False
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


ClientName = Annotated[str, AfterValidator(client_name)]
# What models are called in models/: the name of a file, and what clients send without an alias.
ModelName = Annotated[str, form(r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", "qwen3-0.6b", max_length=63)]
SecretKey = Annotated[str, form(r"^[-._a-zA-Z0-9]+$", "api-key", max_length=253)]
Digest = Annotated[
    str,
    form(
        r"^sha256:[0-9a-f]{64}$",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "a digest, which has 64 hexadecimal digits",
    ),
]
ImageReference = Annotated[
    str,
    form(
        r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        "docker.io/localai/localai:v4.9.0",
        "an image, which has a registry, a name and a tag",
    ),
]


class SecretReference(Settings):
    """A key of a Secret that exists in the stack's namespace."""

    secret: Label = Field(description="Name of the Secret.")
    key: SecretKey = Field(description="Key in it.")
