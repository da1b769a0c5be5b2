import pytest

from documents.scalar import LARGEST, AmbiguousScalarError, resolve

TEXTS = [
    "chat", "v4.9.0", "1.15.5", "20Gi", "10.0.0.0/8", "4o-mini", "-", "--", ".", "..", "a:b",
    "1:60", "yes please", "nope", "nulls", "e1", "1e", "0b2", "0x", "0xg", "1.2.3", "2025-1",
    "12:30 uhr", "n/a", "http://a", "1 2", "+", "truely", "inf", "nan", "1:2:x",
]  # fmt: skip
# Each is no text in YAML 1.1 or in YAML 1.2, or in a library between the two.
TRAPS = [
    "y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "on", "On", "off", "OFF", "True", "TRUE",
    "False", "1:30", "12:30:45", "-1:30", "190:20:30.15", "1:2.5", "010", "0o17", "-0o7", "0x1F",
    "0b11", "00", "007", "08", "1_000", "+1", "+0x1", "-1_0", "1.", ".5", "-.5", "1.5", "1e3",
    "1E3", "1e+3", "1.5e-3", ".5e1", "1_0.5", ".inf", "-.inf", "+.INF", ".nan", ".NaN",
    "2025-01-31", "2025-1-1", "2025-01-31T10:00:00Z", "2025-01-31 10:00:00", "=", "<<", "._",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_text_in_every_version_stays_text(text: str):
    assert resolve(text, floats=False) == text


@pytest.mark.parametrize("text", TRAPS)
def test_what_is_read_differently_is_refused_with_the_quotes_to_write(text: str):
    with pytest.raises(AmbiguousScalarError) as caught:
        resolve(text, floats=False)

    assert f'quote it: "{text}"' in caught.value.cure


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_no_value(text: str):
    with pytest.raises(AmbiguousScalarError, match="has no value"):
        resolve(text, floats=True)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_two_words_are_booleans(text: str, value: bool):
    assert resolve(text, floats=False) is value


@pytest.mark.parametrize("text", ["yes", "OFF", "True"])
def test_who_meant_a_switch_learns_how_to_write_it(text: str):
    with pytest.raises(AmbiguousScalarError) as caught:
        resolve(text, floats=False)

    cure = f'for a switch write true or false, for text quote it: "{text}"'
    assert caught.value.cure == cure


@pytest.mark.parametrize("text", ["1.5", "0x10", "1e3", "08", "1_000", "1:30", ".inf"])
def test_who_meant_a_number_is_not_only_told_to_quote_it(text: str):
    with pytest.raises(AmbiguousScalarError) as caught:
        resolve(text, floats=False)

    assert caught.value.cause == f"{text!r} is read differently by YAML versions"
    assert caught.value.cure.startswith("for a number write a whole one in digits, for text quote")


def test_a_number_with_a_point_is_offered_where_it_is_read():
    with pytest.raises(AmbiguousScalarError) as caught:
        resolve("1e3", floats=True)

    cure = 'for a number write it in digits, such as 120 or 0.5, for text quote it: "1e3"'
    assert caught.value.cure == cure


@pytest.mark.parametrize("text", ["2025-01-31", "=", "<<"])
def test_what_is_never_meant_as_a_number_is_to_be_quoted(text: str):
    with pytest.raises(AmbiguousScalarError) as caught:
        resolve(text, floats=False)

    assert caught.value.cure == f'quote it: "{text}"'


@pytest.mark.parametrize("text", ["0", "1", "-1", "10", str(LARGEST), str(-LARGEST)])
def test_plain_digits_are_a_whole_number(text: str):
    assert resolve(text, floats=False) == int(text)
    assert isinstance(resolve(text, floats=False), int)


@pytest.mark.parametrize("text", [str(LARGEST + 1), str(-LARGEST - 1), "1" * 5000])
def test_a_number_that_json_cannot_carry_is_refused(text: str):
    with pytest.raises(AmbiguousScalarError, match="is too large"):
        resolve(text, floats=True)


def test_a_number_with_a_point_is_read_only_where_it_is_asked_for():
    assert resolve("0.6", floats=True) == 0.6
    assert resolve("-1.0", floats=True) == -1.0
    with pytest.raises(AmbiguousScalarError):
        resolve("0.6", floats=False)


@pytest.mark.parametrize("text", [".5", "1.", "1e3", "1_0.5", "+0.5", "00.5", ".inf"])
def test_a_number_in_another_dress_is_refused_even_where_points_are_read(text: str):
    with pytest.raises(AmbiguousScalarError):
        resolve(text, floats=True)
