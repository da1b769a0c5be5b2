import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from predict.rows import LARGEST_BODY, MOST_ROWS, Feed, RowsError, Tensor, feeds

PIXELS = Tensor(name="pixels", kind="float", rows=None, shape=(3,))
SQUARE = Tensor(name="square", kind="double", rows=None, shape=(2, 2))
SEQUENCE = Tensor(name="tokens", kind="int64", rows=None, shape=(None,))
AGE = Tensor(name="age", kind="int64", rows=None, shape=())
CITY = Tensor(name="city", kind="string", rows=None, shape=(1,))
MEMBER = Tensor(name="member", kind="bool", rows=None, shape=())


def fed(rows: Any, *inputs: Tensor) -> list[tuple[tuple[int, ...], list[Any]]]:
    found = feeds(json.dumps({"rows": rows}).encode(), inputs)
    return [(found[one.name].shape, found[one.name].values) for one in inputs]


def refusal(body: bytes, *inputs: Tensor) -> tuple[int, str]:
    with pytest.raises(RowsError) as refused:
        feeds(body, inputs or (PIXELS,))
    return refused.value.status, refused.value.text


def refused(rows: Any, *inputs: Tensor) -> str:
    status, text = refusal(json.dumps({"rows": rows}).encode(), *inputs)
    assert status == 422
    return text


def outcome(body: bytes, *inputs: Tensor) -> dict[str, Feed] | None:
    """Return what is fed, or nothing where it is refused in one line."""
    try:
        return feeds(body, inputs)
    except RowsError as error:
        if error.status not in (400, 422) or not error.text.isprintable():
            raise
        return None


def test_rows_of_the_one_input_need_no_name():
    assert fed([[1, 2, 3], [4, 5, 6.5]], PIXELS) == [((2, 3), [1, 2, 3, 4, 5, 6.5])]


def test_rows_of_several_inputs_name_each():
    rows = [{"age": 30, "city": ["Linz"], "member": True},
            {"age": 40, "city": ["Graz"], "member": False}]  # fmt: skip

    assert fed(rows, AGE, CITY, MEMBER) == [
        ((2,), [30, 40]), ((2, 1), ["Linz", "Graz"]), ((2,), [True, False]),
    ]  # fmt: skip


def test_a_row_may_have_several_dimensions():
    assert fed([[[1, 2], [3, 4]]], SQUARE) == [((1, 2, 2), [1, 2, 3, 4])]


def test_any_length_is_that_of_the_first_row():
    assert fed([[1, 2], [3, 4]], SEQUENCE) == [((2, 2), [1, 2, 3, 4])]
    assert refused([[1, 2], [3]], SEQUENCE) == "row 1 has 1 values where tokens has 2"
    assert "has 0 values where tokens has some" in refused([[]], SEQUENCE)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[1, 2]], "row 0 has 2 values where pixels has 3"),
        ([[1, 2, 3], 4], "row 1 is not a list where pixels has 3 values"),
        ([[1, 2, "3"]], 'row 0 has "3" where pixels takes float'),
        ([[1, 2, True]], "row 0 has true where pixels takes float"),
        ([[1, 2, None]], "row 0 has null where pixels takes float"),
        ([[1, 2, [3]]], "row 0 has [3] where pixels takes float"),
        ([[1, 2, 1e39]], "row 0 has 1e+39 where pixels takes float"),
        ([], "the request has 0 rows; send 1 to 1000"),
        ([[1, 2, 3]] * (MOST_ROWS + 1), "the request has 1001 rows; send 1 to 1000"),
        ([{"pixel": [1, 2, 3]}], "row 0 has no pixels"),
        ([{"pixels": [1, 2, 3], "x": 1}], "row 0 has 'x', and the model takes pixels"),
        ([{"pixels": [1, 2, 3]}, [1, 2, 3]], "row 1 is not a mapping of each input's value"),
    ],
)
def test_rows_that_the_model_does_not_take_are_refused_with_a_sentence(rows: Any, said: str):
    assert said in refused(rows, PIXELS)


@pytest.mark.parametrize("value", [1.5, 1.0, True, 2**63, "1"])
def test_a_whole_number_is_one(value: Any):
    assert "where age takes int64" in refused([value], AGE)


def test_a_model_of_fixed_rows_takes_so_many():
    fixed = Tensor(name="pixels", kind="float", rows=2, shape=(1,))

    assert fed([[1], [2]], fixed) == [((2, 1), [1, 2])]
    assert refused([[1]], fixed) == "the request has 1 rows; the model takes 2"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff", 400), (b'{"rows": [[1, 2, NaN]]}', 400),
        (b'{"rows": [[1, 2, Infinity]]}', 400), (b"[" * 100_000, 400),
        (b'{"rows": [[' + b"1" * 5_000 + b", 1, 1]]}", 400), (b'{"rows": [[1, 2, 1e999]]}', 422),
        (b"[]", 422), (b"null", 422), (b'{"rows": 1}', 422),
        (b'{"rows": [[1, 2, 3]], "x": 1}', 422),
        (b" " * (LARGEST_BODY + 1), 413),
    ],
)  # fmt: skip
def test_what_is_no_request_is_told_from_what_the_model_does_not_take(body: bytes, status: int):
    assert refusal(body)[0] == status


values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=3),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(
            some.sampled_from(["rows", "age", "city", "pixels", "x"]), inner, max_size=3
        )
    ),
    max_leaves=20,
)


@given(values, some.lists(some.sampled_from([PIXELS, SQUARE, SEQUENCE, AGE, CITY, MEMBER]),
                          min_size=1, max_size=3, unique_by=lambda one: one.name))  # fmt: skip
def test_whatever_is_sent_is_refused_or_has_the_shape_that_it_says(
    value: Any, inputs: list[Tensor]
):
    for sent in (value, {"rows": [value]}, {"rows": value}):
        found = outcome(json.dumps(sent).encode(), *inputs)
        if found is None:
            continue
        for one in inputs:
            shape, count = found[one.name].shape, 1
            for length in shape:
                count *= length
            assert len(found[one.name].values) == count
            assert all(type(x) is not bool or one.kind == "bool" for x in found[one.name].values)


@given(some.binary(max_size=200))
def test_any_bytes_are_refused_or_read(body: bytes):
    outcome(body, PIXELS, AGE)


def test_half_a_character_is_refused_as_no_text():
    said = refused([{"age": 30, "city": ["\ud800"], "member": True}], AGE, CITY, MEMBER)

    assert said == 'row 0 has "\\ud800" where city takes string'
