"""Kubernetes quantities in the form in which the API server answers them."""

import re
from decimal import Decimal
from typing import Final

_QUANTITY: Final = re.compile(
    r"^([+-]?[0-9]*\.?[0-9]+|[+-]?[0-9]+\.)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$"
)
_BINARY: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL: Final = {
    "n": -9,
    "u": -6,
    "m": -3,
    "": 0,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
    "E": 18,
}


def canonical(text: str) -> str:
    """Return a quantity in canonical form, such as `1Gi` for `1024Mi`; other text unchanged."""
    found = _QUANTITY.match(text)
    if not found:
        return text
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix in _BINARY[1:]:
        return _binary(number * 1024 ** _BINARY.index(suffix))
    exponent = int(suffix[1:]) if suffix[:1] in "eE" and suffix[1:] else _DECIMAL[suffix]
    return _decimal(number.scaleb(exponent))


def _binary(amount: Decimal) -> str:
    if amount != int(amount) or abs(amount) < 1024:
        return _decimal(amount)
    whole, step = int(amount), 0
    while whole and whole % 1024 == 0 and step < len(_BINARY) - 1:
        whole, step = whole // 1024, step + 1
    return f"{whole}{_BINARY[step]}"


def _decimal(amount: Decimal) -> str:
    if not amount:
        return "0"
    for suffix, exponent in reversed(_DECIMAL.items()):
        scaled = amount.scaleb(-exponent)
        if scaled == int(scaled):
            return f"{int(scaled)}{suffix}"
    return str(amount)
