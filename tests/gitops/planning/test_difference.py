from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.planning.difference import FieldChange, differences, hidden

PLAIN = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "a", "b", "spec"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def paths(old: Any, new: Any) -> list[str]:
    return [change.path for change in differences(old, new)]


def test_fields_are_named_by_their_path():
    old, new = {"spec": {"replicas": 1, "same": 2}}, {"spec": {"replicas": 3, "same": 2}}
    assert [str(change) for change in differences(old, new)] == ["spec.replicas: 1 -> 3"]


def test_a_field_that_comes_or_goes_is_none_on_one_side():
    assert list(differences({}, {"a": 1})) == [FieldChange(path="a", old=None, new=1)]
    assert list(differences({"a": 1}, {})) == [FieldChange(path="a", old=1, new=None)]


def test_items_with_names_are_compared_by_name():
    old = [{"name": "one", "image": "a"}, {"name": "two", "image": "b"}]
    new = [{"name": "one", "image": "a"}, {"name": "two", "image": "c"}]
    assert paths({"containers": old}, {"containers": new}) == ["containers[two].image"]


def test_an_added_item_is_named_but_not_written_out():
    old, new = [{"name": "one"}], [{"name": "one"}, {"name": "two", "value": "long"}]
    assert [str(change) for change in differences({"env": old}, {"env": new})] == [
        "env[two]: added"
    ]
    assert [str(change) for change in differences({"env": new}, {"env": old})] == [
        "env[two]: removed"
    ]


def test_another_order_of_named_items_is_a_difference():
    old, new = [{"name": "one"}, {"name": "two"}], [{"name": "two"}, {"name": "one"}]
    assert paths({"env": old}, {"env": new}) != []


def test_a_document_inside_a_text_is_compared_by_its_fields():
    old = "- name: small\n  threads: 4\n"
    new = "- name: small\n  threads: 8\n"
    assert [str(change) for change in differences({"data": old}, {"data": new})] == [
        "data[small].threads: 4 -> 8"
    ]


def test_texts_that_only_look_alike_when_parsed_are_still_a_difference():
    assert paths({"data": "a: 1\n"}, {"data": "a:   1\n"}) == ["data"]


def test_a_script_is_one_value():
    assert paths({"data": "import a\nrun()\n"}, {"data": "import b\nrun()\n"}) == ["data"]


def test_a_long_value_is_cut_and_a_hostile_one_is_escaped():
    text = str(FieldChange(path="p", old="x" * 500, new="\x1b[1m\nline"))
    assert len(text) < 200
    assert "\x1b" not in text
    assert "\n" not in text


@given(PLAIN, PLAIN)
def test_two_values_differ_exactly_when_a_field_does(old: Any, new: Any):
    assert bool(paths(old, new)) == (old != new)


@pytest.mark.parametrize("value", [True, 1, "1"])
def test_equal_values_have_no_difference(value: Any):
    assert paths({"a": value}, {"a": value}) == []


def test_long_values_are_cut_to_where_they_differ():
    old, new = ("x" * 300 + end + "y" * 300 for end in ("old", "new"))
    text = str(FieldChange(path="args", old=old, new=new))
    assert "old" in text
    assert "new" in text
    assert len(text) < 300


def test_values_are_shown_as_manifests_have_them():
    change = FieldChange(path="args", old=["a", True], new={"b": None})
    assert str(change) == 'args: ["a", true] -> {"b": null}'


SECRET = "hunter2hunter2"
# Where somebody may write one, as a field before and after.
PLACES: list[tuple[Any, Any]] = [
    ({"values": {}}, {"values": {"adminPassword": SECRET}}),
    ({"values": {"admin_password": SECRET}}, {"values": {"admin_password": f"{SECRET}3"}}),
    ({}, {"values": {"deep": [{"token": SECRET}]}}),
    ({"env": []}, {"env": [{"name": "DB_PASSWORD", "value": SECRET}]}),
    ({"env": [{"name": "A_KEY", "value": SECRET}]}, {"env": [{"name": "A_KEY", "value": "x"}]}),
]


@pytest.mark.parametrize(("old", "new"), PLACES)
def test_a_value_that_is_named_like_a_secret_is_not_shown(old: Any, new: Any):
    for change in map(hidden, differences(old, new)):
        assert SECRET not in f"{change} {change.old} {change.new}"
        assert "REDACTED" in f"{change.old} {change.new}"


def test_a_secret_that_changes_is_still_a_change():
    [change] = map(hidden, differences({"password": "one-one"}, {"password": "two-two"}))
    assert str(change) == "password: REDACTED -> REDACTED, changed"
    assert not change.is_echo


@given(PLAIN, PLAIN)
def test_what_has_no_such_name_is_shown_as_it_is(old: Any, new: Any):
    assert [hidden(change) for change in differences(old, new)] == list(differences(old, new))


def test_what_only_names_a_secret_is_shown():
    old = {"existingSecret": "a", "secretName": "a", "secretKeyRef": {"name": "a", "key": "A"}}
    new = {"existingSecret": "b", "secretName": "b", "secretKeyRef": {"name": "b", "key": "B"}}
    assert list(map(hidden, differences(old, new))) == list(differences(old, new))
