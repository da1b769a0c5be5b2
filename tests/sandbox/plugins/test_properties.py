from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins.properties import (
    UNKNOWN,
    Properties,
    Secret,
    Unknown,
    from_struct,
    holds,
    marked,
    plain,
    to_struct,
)

LEAVES = st.one_of(st.booleans(), st.integers(-(2**50), 2**50), st.text(), st.just(UNKNOWN))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(), inner, max_size=3),
        st.builds(Secret, value=inner),
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_properties_survive_the_wire(properties: Properties) -> None:
    assert from_struct(to_struct(properties)) == properties


def test_a_null_is_left_out() -> None:
    assert from_struct(to_struct({"a": None, "b": 1})) == {"b": 1}


def test_plain_values_hold_no_secret() -> None:
    nested: Properties = {"a": [Secret(value={"b": Secret(value=1)})]}
    assert plain(nested) == {"a": [{"b": 1}]}
    assert not holds(plain(nested), Secret)


def test_an_unknown_value_inside_a_secret_is_found() -> None:
    assert holds({"a": [Secret(value=UNKNOWN)]}, Unknown)


def test_only_the_field_that_is_secret_in_the_source_is_marked() -> None:
    source: Properties = {"data": {"a": "1", "b": Secret(value="2")}}
    values: Properties = {"data": {"a": "1", "b": "2", "c": "3"}}
    assert marked(values, source) == {"data": {"a": "1", "b": Secret(value="2"), "c": "3"}}


def test_a_list_with_one_secret_is_secret_as_a_whole() -> None:
    values: Properties = {"args": ["a", "b"]}
    assert marked(values, {"args": ["a", Secret(value="b")]}) == {"args": Secret(value=["a", "b"])}


def test_the_data_of_a_kubernetes_secret_is_always_secret() -> None:
    assert marked({"kind": "Secret", "data": {"a": "MQ=="}}, {}) == {
        "kind": "Secret",
        "data": Secret(value={"a": "MQ=="}),
    }
