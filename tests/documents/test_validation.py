from enum import StrEnum
from typing import Annotated, Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, ValidationError, model_validator

from documents.problem import KeyPath
from documents.validation import (
    Strict,
    contradiction,
    contradictions,
    form,
    keys,
    model_at,
    problems,
    read,
)

WHOLE = "write digits without quotes, such as 120"


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


def check_even(value: int) -> int:
    if value % 2:
        raise contradiction("{braces} is odd", "add {one}")
    return value


def plain_error(text: str) -> str:
    if text == "bad":
        raise ValueError("{0} is {bad}")
    return text


class Leaf(Strict):
    size: Annotated[int, Field(ge=1, le=9)] = 1
    leaf_name: str = Field(default="a", alias="leafName", min_length=1, max_length=3)


class Tree(Strict):
    name: str
    leaf: Leaf = Leaf()
    maybe: Leaf | None = None
    leaves: dict[Annotated[str, form("^[a-z]+$", "leaf")], Leaf] = Field(
        default_factory=dict[str, Leaf]
    )
    sizes: Annotated[tuple[int, ...], Field(strict=False, min_length=1, max_length=2)] = (1,)
    many: Annotated[tuple[Leaf, ...], Field(strict=False, min_length=1)] = (Leaf(),)
    color: Annotated[Color, Field(strict=False)] = Color.RED
    even: Annotated[int, AfterValidator(check_even)] = 0
    text: Annotated[str, AfterValidator(plain_error)] = ""
    on: bool = False
    long: Annotated[str, Field(min_length=3)] = "abc"
    share: Annotated[float, Field(gt=0)] = 0.5


def test_all_that_is_wrong_is_told_at_once():
    wrong = {"leaf": {"size": 12, "leafName": ""}, "even": 3, "odd": 1, "maybe": {"size": "a"}}
    read_now, found = read(Tree, {"name": "a", **wrong})

    assert read_now is None
    assert {one.path for one in found} == {
        ("leaf", "size"), ("leaf", "leafName"), ("even",), ("odd",), ("maybe", "size"),
    }  # fmt: skip


class Pair(Strict):
    left: Annotated[int, Field(ge=1)] = 1
    right: int = 1

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        contradictions(
            ("", cause, "fix it")
            for cause, holds in (
                ("is uneven", self.left == self.right),
                ("is large", self.right < 9),
            )
            if not holds
        )
        return self


class Pairs(Strict):
    first: Pair = Pair()
    second: Pair = Pair()


def causes(**values: Any) -> list[str]:
    return sorted(one.cause for one in read(Pairs, values)[1])


def test_keys_are_judged_together_in_spite_of_a_stranger_beside_them():
    first = {"right": 9, "third": 1}

    assert causes(first=first) == ["is large", "is not a known key", "is uneven"]


def test_nothing_is_said_for_want_of_what_was_refused():
    assert causes(first={"left": 0, "right": 1}) == ["is 0, too small"]


@given(
    st.dictionaries(
        st.sampled_from(["first", "second", "x"]), st.integers() | st.just(dict[str, int]())
    )
)
def test_no_problem_means_a_model_and_the_other_way_round(values: dict[str, Any]):
    made, found = read(Pairs, values)

    assert (made is not None) == (not found) or any(one.path == ("x",) for one in found)


Said = tuple[KeyPath, str, str]


def said(error: ValidationError) -> list[Said]:
    return [(one.path, one.cause, one.cure) for one in problems(error, Tree)]


def found(**fields: Any) -> list[Said]:
    with pytest.raises(ValidationError) as caught:
        Tree.model_validate({"name": "a"} | fields)
    return said(caught.value)


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"name": 1}, (("name",), "is 1, not text", 'quote it: "1"')),
        ({"name": True}, (("name",), "is true, not text", 'quote it: "true"')),
        ({"name": 1.1}, (("name",), "is a number, not text", "quote it")),
        ({"name": [4]}, (("name",), "is a list, not text", "write one text")),
        ({"name": {"a": "b"}}, (("name",), "is a mapping, not text", "write one text")),
        ({"name": None}, (("name",), "is empty, not text", "write one text")),
        ({"on": 1}, (("on",), "is neither true nor false", "write true or false without quotes")),
        ({"even": "2"}, (("even",), "is '2', not a whole number", WHOLE)),
        ({"even": True}, (("even",), "is true, not a whole number", WHOLE)),
        ({"even": [2]}, (("even",), "is a list, not a whole number", WHOLE)),
        (
            {"share": "1"},
            (("share",), "is '1', not a number", "write digits without quotes, such as 0.5"),
        ),
        ({"share": 0}, (("share",), "is 0, too small", "use more than 0.0")),
        ({"leaf": []}, (("leaf",), "is not a mapping", "write `key: value` lines")),
        ({"leaves": []}, (("leaves",), "is not a mapping", "write `key: value` lines")),
        ({"sizes": 1}, (("sizes",), "is not a list", "write [a, b]")),
        ({"sizes": []}, (("sizes",), "has too few entries", "it needs at least 1")),
        ({"sizes": [1, 2, 3]}, (("sizes",), "has too many entries", "it may have at most 2")),
        ({"leaf": {"size": 0}}, (("leaf", "size"), "is 0, too small", "use 1 or more")),
        ({"leaf": {"size": 10}}, (("leaf", "size"), "is 10, too large", "use 9 or less")),
        ({"long": "ab"}, (("long",), "is too short", "use at least 3 characters")),
        ({"leaf": {"leafName": ""}}, (("leaf", "leafName"), "is empty", "give it a value")),
        (
            {"leaf": {"leafName": "abcd"}},
            (("leaf", "leafName"), "is too long", "use at most 3 characters"),
        ),
        (
            {"color": "green"},
            (("color",), "is 'green', not a known value", "use 'red' or 'blue'"),
        ),
        (
            {"leaves": {"A": {}}},
            (
                ("leaves", "A"),
                "is 'A', which does not have the form of this key",
                "for example `leaf`",
            ),
        ),
    ],
)
def test_what_pydantic_refuses_is_said_in_words_with_a_cure(fields: dict[str, Any], finding: Said):
    assert found(**fields) == [finding]


def test_a_form_is_named_where_an_example_leaves_it_open():
    class Timed(Strict):
        age: Annotated[str, form("^[0-9]+d$", "7d", "a number of days")]

    _, (problem,) = read(Timed, {"age": "1 week"})

    cause = "is '1 week', which does not have the form of a number of days"
    assert (problem.cause, problem.cure) == (cause, "for example `7d`")


def test_a_missing_key_is_found_where_it_should_be():
    with pytest.raises(ValidationError) as caught:
        Tree.model_validate({})

    assert said(caught.value) == [(("name",), "is missing", "add it")]


def test_a_contradiction_keeps_its_cause_and_cure_with_braces_and_all():
    assert found(even=3) == [(("even",), "{braces} is odd", "add {one}")]


def test_an_error_in_other_words_keeps_them_with_braces_and_all():
    ((path, cause, cure),) = found(text="bad")

    assert path == ("text",)
    assert cause.endswith("{0} is {bad}")
    assert cure


def test_a_value_with_braces_is_shown_as_it_is():
    ((_, cause, _),) = found(color="{0}{x}")

    assert cause == "is '{0}{x}', not a known value"


def test_a_huge_value_is_shown_by_its_start():
    ((_, cause, _),) = found(color="g" * 100_000)

    assert len(cause) < 120


def test_an_entry_that_is_refused_does_not_make_its_list_too_short():
    assert [path for path, _, _ in found(sizes=["1"])] == [("sizes", 0)]
    # Nor does one with something refused inside of it.
    assert [path for path, _, _ in found(many=[{"size": 12}])] == [("many", 0, "size")]


@pytest.mark.parametrize(
    ("fields", "path", "near"),
    [
        ({"nmae": 1}, ("nmae",), "name"),
        ({"leaf": {"sise": 1}}, ("leaf", "sise"), "size"),
        ({"leaf": {"leaf_name": "a"}}, ("leaf", "leaf_name"), "leafName"),
        ({"maybe": {"sise": 1}}, ("maybe", "sise"), "size"),
        ({"many": [{"sise": 1}]}, ("many", 0, "sise"), "size"),
        ({"leaves": {"a": {"sise": 1}}}, ("leaves", "a", "sise"), "size"),
        ({"leaves": {"leaf": {"sise": 1}}}, ("leaves", "leaf", "sise"), "size"),
        ({"leaves": {"leaves": {"sise": 1}}}, ("leaves", "leaves", "sise"), "size"),
        ({"leaves": {"name": {"sise": 1}}}, ("leaves", "name", "sise"), "size"),
    ],
)
def test_an_unknown_key_is_told_its_neighbor_at_any_depth(
    fields: dict[str, Any], path: tuple[str, ...], near: str
):
    assert found(**fields) == [(path, "is not a known key", f"did you mean '{near}'?")]


def test_a_key_like_no_other_is_told_all_there_are():
    assert found(leaf={"zzz": 1}) == [
        (("leaf", "zzz"), "is not a known key", "known here: size, leafName")
    ]


def test_a_key_that_looks_like_a_mark_of_the_validator_is_a_key_like_any_other():
    assert [path for path, _, _ in found(**{"[key]": 1})] == [("[key]",)]
    assert [path for path, _, _ in found(leaf={"[key]": 1})] == [("leaf", "[key]")]


def test_keys_are_those_of_the_file():
    assert keys(Leaf) == ["size", "leafName"]


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ((), Tree),
        (("leaf",), Leaf),
        (("maybe",), Leaf),
        (("leaves", "leaf"), Leaf),
        (("name",), None),
        (("nowhere", "else"), None),
    ],
)
def test_the_model_of_a_mapping_is_found_by_its_path(path: tuple[str, ...], model: type | None):
    assert model_at(Tree, path) is model


def test_settings_cannot_change_once_they_are_read():
    with pytest.raises(ValidationError, match="frozen"):
        Leaf().size = 2


def test_a_misspelled_key_is_not_also_missing():
    _, found = read(Tree, {"nmae": "oak"})
    assert [str(one) for one in found] == ["nmae: is not a known key; did you mean 'name'?"]


def test_a_key_that_no_other_was_meant_to_be_is_missing():
    _, found = read(Tree, {"zzz": "oak"})
    assert {one.path for one in found} == {("name",), ("zzz",)}
