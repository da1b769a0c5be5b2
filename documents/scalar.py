"""What a plain YAML scalar means, where YAML 1.1 and 1.2 agree; everything else is refused.

The Pulumi engine, LocalAI and Python read the same bytes with three YAML libraries. A scalar that
they could read differently is an error that says how to write it as a number and as text.
"""

import re

BOOLEANS = {"true": True, "false": False}
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
# Integers beyond this lose digits in a JSON number (RFC 8259, section 6).
LARGEST = 2**53 - 1

_EMPTY = re.compile(r"(~|null|Null|NULL)?\Z")
_SWITCHES = ("y", "n", "yes", "no", "on", "off", "true", "false")
_TRAP = re.compile(
    r"""(?ix)(
      y|n|yes|no|on|off|true|false          # YAML 1.1 booleans
    | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?  # base 60
    | [-+]?0[0-7_]+ | [-+]?0o[0-7]+ | [-+]?0x[0-9a-f_]+ | [-+]?0b[01_]+
    | [-+]?[0-9][0-9_]* | \+.*[0-9]         # signs and underscores
    | [-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9]+)?
    | [-+]?\.(inf|nan)
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?
    | = | <<
    )\Z"""
)
# Dates and marks, which are never meant as a number.
_NO_NUMBER = re.compile(r"[0-9]{4}-|=|<<")

Scalar = str | int | float | bool


class AmbiguousScalarError(ValueError):
    """A plain scalar that YAML libraries read differently; `cure` says what to write."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.cure = cure


def resolve(text: str, *, floats: bool) -> Scalar:
    """Return the value of a plain scalar.

    Raises:
        AmbiguousScalarError: it is empty, or no string, integer or boolean in every YAML version.
    """
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.match(text):
        return _integer(text)
    if floats and FLOAT.match(text):
        return float(text)
    if _EMPTY.match(text):
        raise AmbiguousScalarError("has no value", "give it one, or delete the key")
    if _TRAP.match(text):
        raise AmbiguousScalarError(
            f"{text!r} is read differently by YAML versions", _cure(text, floats=floats)
        )
    return text


def _cure(text: str, *, floats: bool) -> str:
    """Return a way to write a scalar for each type that its key may have."""
    # What reads the key is not known here: quotes alone would be refused where a number belongs.
    quoted = f'quote it: "{text}"'
    if text.lower() in _SWITCHES:
        return f"for a switch write true or false, for text {quoted}"
    if _NO_NUMBER.match(text):
        return quoted
    number = "it in digits, such as 120 or 0.5" if floats else "a whole one in digits"
    return f"for a number write {number}, for text {quoted}"


def _integer(text: str) -> int:
    # The digits are counted before int() sees them: its time grows with their square.
    if len(text) > 17 or abs(int(text)) > LARGEST:
        raise AmbiguousScalarError(f"{text[:20]} is too large", f"use at most {LARGEST}")
    return int(text)
