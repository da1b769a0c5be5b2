"""Quantities of Kubernetes, such as `250m`, `4` and `16Gi`, as exact numbers and back."""

import re
from fractions import Fraction

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?")
_FACTORS = {
    None: Fraction(1),
    "m": Fraction(1, 1000),
    **{suffix: Fraction(1000 ** (step + 1)) for step, suffix in enumerate("kMGTP")},
    **{f"{suffix}i": Fraction(1024 ** (step + 1)) for step, suffix in enumerate("KMGTP")},
}
_BINARY = (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


def quantity(text: str | int) -> Fraction:
    """Return a quantity as a number.

    Raises:
        ValueError: the text is none.
    """
    found = _QUANTITY.fullmatch(str(text))
    if not found:
        raise ValueError(f"{text!r} is not a quantity")
    return Fraction(found[1]) * _FACTORS[found[2]]


def count_text(amount: Fraction) -> str:
    """Return a number of cores, GPUs or claims as people write it; parts of one in thousandths."""
    if amount.denominator == 1:
        return str(amount.numerator)
    return f"{-(-amount * 1000 // 1)}m"


def bytes_text(amount: Fraction) -> str:
    """Return bytes in the largest binary unit that holds them exactly."""
    whole = -(-amount // 1)
    for suffix, factor in _BINARY:
        if whole and whole % factor == 0:
            return f"{whole // factor}{suffix}"
    return str(whole)
