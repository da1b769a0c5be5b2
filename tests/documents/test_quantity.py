"""Quantities of Kubernetes, read and written without rounding down."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.quantity import (
    BINARY,
    DECIMAL,
    amount,
    bytes_text,
    count_text,
    quantity,
    whole_bytes,
)

POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
numbers = st.decimals(0, 10**15, places=3, allow_nan=False).map(str)
suffixes = st.sampled_from([*DECIMAL, *BINARY])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", Fraction(1, 4)), ("1.5", Fraction(3, 2)), (4, 4), ("512Mi", 2**29), ("2Ti", 2**41),
        ("1Ei", 2**60), ("1E", 10**18), ("1k", 1000), ("1e3", 1000), ("1E3", 1000), ("5e-1",
        Fraction(1, 2)), ("1e+2", 100), ("+1", 1), ("-1", -1), (".5", Fraction(1, 2)), ("5.", 5),
        ("1.5Gi", 3 * 2**29), ("7u", Fraction(7, 10**6)), ("0", 0),
    ],
)  # fmt: skip
def test_a_quantity_is_an_exact_number(text: str | int, value: Fraction):
    assert quantity(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "a", "1 Gi", "1gi", "1GB", "1mi", "1K", "1Xi", "e3", ".", "1e", "1e3Gi", "1ee3", "1e3.5",
     "--1", "1_0", "٣", "1/2", "1\n", "inf", "1" * 30, "1e999", "true"],
)  # fmt: skip
def test_what_is_not_a_quantity_is_refused_with_its_text(text: str):
    with pytest.raises(ValueError, match="is not a quantity") as refusal:
        quantity(text)

    assert repr(text) in str(refusal.value)
    assert amount(text) is None


@pytest.mark.parametrize("value", [None, "-1", "-1Gi", [], {}, 1.5e300])
def test_a_manifest_cannot_ask_for_what_is_not_an_amount(value: object):
    assert amount(value) is None


@given(numbers, suffixes)
def test_every_suffix_is_a_factor(number: str, suffix: str):
    factor = BINARY[suffix] if suffix in BINARY else Fraction(10) ** POWERS[suffix]

    assert quantity(number + suffix) == quantity(number) * factor == Fraction(number) * factor


@given(numbers, st.sampled_from(list(POWERS)))
def test_an_exponent_says_the_same_as_a_suffix(number: str, suffix: str):
    assert quantity(f"{number}e{POWERS[suffix]}") == quantity(number + suffix)


@given(numbers, numbers, suffixes)
def test_quantities_are_ordered_as_their_numbers(one: str, other: str, suffix: str):
    assert (quantity(one + suffix) < quantity(other + suffix)) is (Fraction(one) < Fraction(other))


@given(numbers, suffixes)
def test_part_of_a_byte_is_a_byte(number: str, suffix: str):
    assert 0 <= whole_bytes(number + suffix) - quantity(number + suffix) < 1


@given(st.integers(min_value=0, max_value=2**60))
def test_bytes_come_back_as_they_were(size: int):
    assert quantity(bytes_text(Fraction(size))) == size


@given(st.fractions(min_value=0, max_value=10**6))
def test_a_count_is_never_written_as_less(count: Fraction):
    written = quantity(count_text(count))
    assert count <= written < count + Fraction(1, 1000)


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text: str):
    found = amount(text)
    assert found is None or found >= 0


def test_they_are_written_as_people_do():
    assert [bytes_text(Fraction(size)) for size in (0, 2**30, 3 * 2**29, 1025)] == [
        "0",
        "1Gi",
        "1536Mi",
        "1025",
    ]
    assert [count_text(Fraction(cores, 4)) for cores in (1, 4, 5)] == ["250m", "1", "1250m"]
