"""Amounts as Kubernetes writes them: `250m`, `7Gi`, `1e3`."""

import re
from fractions import Fraction
from typing import Any

_FORM = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,10})?)(m|k|M|G|T|P|E|[KMGTPE]i|e[0-9]{1,2})?\Z")
_DECIMAL = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "m": -3}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def amount(quantity: Any) -> Fraction | None:
    """Return a quantity as a number, or None where it is none."""
    found = _FORM.match(str(quantity))
    if not found:
        return None
    number, unit = Fraction(found[1]), found[2] or ""
    if unit in _BINARY:
        return number * 2 ** _BINARY[unit]
    if unit.startswith("e"):
        return number * 10 ** int(unit[1:])
    return number * Fraction(10) ** _DECIMAL[unit]
