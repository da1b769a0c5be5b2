"""Quantities of Kubernetes, read and written without rounding down."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.quota.quantity import bytes_text, count_text, quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("250m", Fraction(1, 4)),
        ("1.5", Fraction(3, 2)),
        (4, Fraction(4)),
        ("512Mi", Fraction(2**29)),
        ("1k", Fraction(1000)),
        ("2Ti", Fraction(2**41)),
    ],
)
def test_a_quantity_is_an_exact_number(text: str | int, amount: Fraction):
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "a", "-1", "1 Gi", "1gi", "1e3"])
def test_what_is_no_quantity_is_refused(text: str):
    with pytest.raises(ValueError, match="is not a quantity"):
        quantity(text)


@given(st.integers(min_value=0, max_value=2**60))
def test_bytes_come_back_as_they_were(amount: int):
    assert quantity(bytes_text(Fraction(amount))) == amount


@given(st.fractions(min_value=0, max_value=10**6))
def test_a_count_is_never_written_as_less(amount: Fraction):
    written = quantity(count_text(amount))
    assert amount <= written < amount + Fraction(1, 1000)


def test_they_are_written_as_people_do():
    assert [bytes_text(Fraction(size)) for size in (0, 2**30, 3 * 2**29, 1025)] == [
        "0",
        "1Gi",
        "1536Mi",
        "1025",
    ]
    assert [count_text(Fraction(cores, 4)) for cores in (1, 4, 5)] == ["250m", "1", "1250m"]
