from fractions import Fraction

import pytest

from gitops.validation.rules.quantity import amount

AMOUNTS = {
    "2": 2,
    "250m": Fraction(1, 4),
    "0.25": Fraction(1, 4),
    "4Gi": 4 * 2**30,
    "4096Mi": 4 * 2**30,
    "1k": 1000,
    "1e3": 1000,
    "1E": 10**18,
}


@pytest.mark.parametrize(("text", "value"), AMOUNTS.items())
def test_an_amount_is_read_as_kubernetes_does(text: str, value: Fraction):
    assert amount(text) == value


@pytest.mark.parametrize("text", ["", "two", "1GB", "-1", "1 Gi", "1" * 30, None])
def test_what_is_no_amount_is_none(text: str | None):
    assert amount(text) is None
