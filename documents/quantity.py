"""Quantities of Kubernetes, such as `250m`, `4`, `1e3` and `16Gi`, as exact numbers and back."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil

DECIMAL = {
    suffix: Fraction(10) ** (3 * step) for step, suffix in enumerate(("n", "u", "m", ""), -3)
} | {suffix: Fraction(1000) ** step for step, suffix in enumerate("kMGTPE", 1)}
BINARY = {f"{suffix}i": Fraction(1024) ** step for step, suffix in enumerate("KMGTPE", 1)}

_CENT = Decimal("0.01")
_FACTORS = DECIMAL | BINARY
# The grammar of k8s.io/apimachinery, pkg/api/resource/quantity.go. Longer numbers are amounts of
# nothing, and cost time to read.
_FORM = re.compile(
    r"([+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}))"
    r"([numkMGTPE]?|[KMGTPE]i|[eE][+-]?[0-9]{1,2})"
)


def quantity(text: str | int) -> Fraction:
    """Return a quantity as a number.

    Raises:
        ValueError: the text is not a quantity.
    """
    found = _FORM.fullmatch(str(text))
    if not found:
        raise ValueError(f"{text!r} is not a quantity")
    suffix = found[2]
    factor = _FACTORS.get(suffix) or Fraction(10) ** int(suffix[1:])
    return Fraction(found[1]) * factor


def amount(value: object) -> Fraction | None:
    """Return what a manifest asks for as a number, or None where it is no quantity or negative."""
    try:
        found = quantity(str(value))
    except ValueError:
        return None
    return None if found < 0 else found


def whole_bytes(text: str) -> int:
    """Return the bytes of a size such as `20Gi`; part of a byte is one.

    Raises:
        ValueError: the text is not a quantity.
    """
    return ceil(quantity(text))


def count_text(amount: Fraction) -> str:
    """Return a number of cores, GPUs or claims as people write it; parts of one in thousandths."""
    if amount.denominator == 1:
        return str(amount.numerator)
    return f"{ceil(amount * 1000)}m"


def bytes_text(amount: Fraction) -> str:
    """Return bytes in the largest binary unit, up to Gi, that holds them exactly."""
    whole = ceil(amount)
    for suffix in ("Gi", "Mi", "Ki"):
        if whole and whole % BINARY[suffix] == 0:
            return f"{whole // BINARY[suffix]}{suffix}"
    return str(whole)


def dollars(amount: Decimal) -> str:
    """Return an amount of US dollars in cents, half a cent up."""
    return f"${amount.quantize(_CENT, ROUND_HALF_UP):,}"
