"""Kubernetes quantities in the form in which the API server answers them."""

from fractions import Fraction
from math import ceil

from documents.quantity import BINARY, DECIMAL, quantity


def canonical(text: str) -> str:
    """Return a quantity in canonical form, such as `1Gi` for `1024Mi`; other text unchanged."""
    try:
        amount = quantity(text)
    except ValueError:
        return text
    binary = text.endswith("i") and amount.denominator == 1 and abs(amount) >= 1024
    return _written(amount, BINARY if binary else DECIMAL)


def _written(amount: Fraction, units: dict[str, Fraction]) -> str:
    if not amount:
        return "0"
    for suffix, factor in sorted(units.items(), key=lambda unit: -unit[1]):
        scaled = amount / factor
        if scaled.denominator == 1:
            return f"{scaled.numerator}{suffix}"
    # Finer than the API server keeps, or not even a multiple of 1024.
    return f"{ceil(amount * 10**9)}n" if amount.denominator > 1 else str(amount.numerator)
