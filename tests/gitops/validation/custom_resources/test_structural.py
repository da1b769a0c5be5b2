from collections.abc import Iterator
from typing import Any, cast

import jsonschema_rs
import pytest

from gitops.validation.custom_resources.definitions import parsed
from gitops.validation.custom_resources.findings import json_schema, object_schema
from gitops.validation.custom_resources.sources import SOURCES, Source

HANDLED = {
    *("type", "nullable", "properties", "items", "additionalProperties", "required", "default"),
    *("enum", "pattern", "format", "minLength", "maxLength", "minimum", "maximum"),
    *("minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"),
    *("allOf", "anyOf", "oneOf", "not"),
    *("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"),
    *("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"),
    "x-kubernetes-validations",
}


def passes(node: dict[str, Any], value: Any) -> bool:
    return jsonschema_rs.Draft4Validator(json_schema(node)).is_valid(value)


def thing(**more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": {"type": "string"}}, **more}


def test_a_field_that_a_server_would_prune_is_refused():
    assert passes(thing(), {"a": "x"})
    assert not passes(thing(), {"b": "x"})
    assert not passes({"type": "object"}, {"b": "x"})


def test_unknown_fields_that_are_preserved_pass_and_known_ones_are_still_checked():
    open_thing = thing(**{"x-kubernetes-preserve-unknown-fields": True})
    assert passes(open_thing, {"b": {"c": 1}})
    assert not passes(open_thing, {"a": 1})


def test_a_node_without_a_type_takes_anything_when_it_is_preserved():
    anything = {"x-kubernetes-preserve-unknown-fields": True}
    assert all(passes(anything, value) for value in ({"a": 1}, [1], "a", None))


@pytest.mark.parametrize(("value", "fits"), [(1, True), ("50%", True), (1.5, False), ([], False)])
def test_a_number_or_text_is_either_and_nothing_else(value: Any, fits: bool):
    node = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
    assert passes(node, value) is fits


def test_a_map_checks_its_values():
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    assert passes(texts, {"any": "text"})
    assert not passes(texts, {"any": 1})
    assert passes({"type": "object", "additionalProperties": True}, {"any": 1})


def test_null_passes_only_where_it_may():
    assert passes({"type": "string", "nullable": True}, None)
    assert not passes({"type": "string"}, None)


def test_a_required_field_may_be_left_out_when_the_server_fills_it_in():
    node = thing(required=["a"])
    assert not passes(node, {})
    node["properties"]["a"]["default"] = "x"
    assert passes(node, {})


def test_a_set_has_no_twins():
    node = {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}
    assert not passes(node, ["a", "a"])


def test_a_combination_checks_values_and_closes_nothing():
    node = thing(
        oneOf=[{"required": ["a"]}, {"properties": {"b": {"enum": [1]}}, "required": ["b"]}]
    )
    node["properties"]["b"] = {"type": "integer"}
    assert passes(node, {"a": "x"})
    assert passes(node, {"b": 1})
    assert not passes(node, {"b": 2})
    assert not passes(node, {"a": "x", "b": 1})


def test_a_flag_of_go_in_a_pattern_is_understood():
    node = {"type": "string", "pattern": "^(?i)(abort|warn)?$"}
    assert passes(node, "ABORT")
    assert not passes(node, "stop")


def test_an_exclusive_limit_excludes():
    node = {"type": "integer", "minimum": 0, "exclusiveMinimum": True}
    assert not passes(node, 0)


def test_metadata_is_checked_though_the_schema_only_names_it():
    schema = object_schema({"type": "object", "properties": {"metadata": {"type": "object"}}})
    validator = jsonschema_rs.Draft4Validator(schema)
    whole = {"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a", "labels": {"b": "c"}}}
    assert validator.is_valid(whole)
    assert not validator.is_valid({**whole, "metadata": {"name": "a", "lables": {}}})


def keywords(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in cast("list[Any]", node):
            yield from keywords(one)
    if isinstance(node, dict):
        for key, value in cast("dict[str, Any]", node).items():
            yield key
            if key not in {"default", "enum", "required", "x-kubernetes-validations"}:
                yield from keywords([*value.values()] if key == "properties" else value)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.kind)
def test_the_definitions_use_no_keyword_we_do_not_handle(source: Source):
    content = parsed(source.path.read_text(encoding="utf-8"))
    for version in content["spec"]["versions"]:
        assert set(keywords(version["schema"]["openAPIV3Schema"])) <= HANDLED
