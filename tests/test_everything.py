"""Sample stacks use every key of a stack file, and all that is said of stacks holds for them."""

import json
from collections.abc import Iterator
from datetime import date
from runpy import run_path
from typing import Any, cast

import jsonschema_rs
import pytest
import yaml

from gitops.validation.judgement import judgement
from settings.file import engine_config
from settings.stack.delivery import Delivery
from stack import stack_parts
from tests.engine import run
from tests.everything import STACKS, checkout, everything, sample, under_the_engine
from tests.expectation import expected, registered
from tests.samples import manifests
from tests.support.project import ROOT

# Waivers of the samples count on this day.
TODAY = date(2026, 11, 21)
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/reference/stack.schema.json").read_text())
# What `pulumi` writes by itself beside `config`.
ENGINE_KEYS = {"encryptionsalt", "encryptedkey", "secretsprovider"}
Use = tuple[str, str]

on_every_sample = pytest.mark.parametrize("name", STACKS)


def document(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "tests/data/everything" / f"Pulumi.{name}.yaml").read_text())


def declared_uses() -> set[Use]:
    """Return every property, and every value of a list of words, that the schema knows."""
    places = {"": SCHEMA, "config": SCHEMA["properties"]["config"], **SCHEMA["$defs"]}
    found = {(place, key) for place, schema in places.items() for key in [*words(schema)]}
    return {use for use in found if use[1] not in ENGINE_KEYS}


def words(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
    yield from schema.get("enum", [])


def uses(value: Any, schema: dict[str, Any], place: str) -> Iterator[Use]:
    """Yield the properties and the words that a value uses of a schema."""
    if "$ref" in schema:
        place = schema["$ref"].rpartition("/")[2]
        schema = {**schema, **SCHEMA["$defs"][place]}
    for choice in schema.get("anyOf", []):
        yield from uses(value, choice, place)
    if isinstance(value, str) and value in schema.get("enum", []):
        yield place, value
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from uses(item, schema.get("items", {}), place)
    if isinstance(value, dict):
        yield from uses_of_mapping(cast("dict[str, Any]", value), schema, place)


def uses_of_mapping(value: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[Use]:
    for key, below in value.items():
        known = schema.get("properties", {})
        if key in known:
            yield place, key
            yield from uses(below, known[key], "config" if key == "config" else place)
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from uses(below, schema["additionalProperties"], place)


def test_every_key_of_a_stack_file_is_used_by_a_sample():
    used = {use for name in STACKS for use in uses(document(name), SCHEMA, "")}

    assert len(used) > 150
    assert declared_uses() - used == set()


@on_every_sample
def test_the_schema_admits_a_sample(name: str):
    errors = jsonschema_rs.validator_for(SCHEMA).iter_errors(document(name))

    assert [f"{error.instance_path}: {error.message}" for error in errors] == []


def test_all_ways_of_delivery_and_both_sources_of_engines_are_among_the_samples():
    known = {(file.settings.delivery, file.settings.server.engines) for file in everything().files}

    assert {delivery for delivery, _ in known} == set(Delivery)
    assert len({one for one in known if one[0] is not Delivery.COMPOSE}) == 4


def test_check_finds_nothing_to_mend_in_the_samples():
    judged = judgement(everything(), TODAY)

    assert judged.refusals == ()
    assert {one.rule for one in judged.waived} == {
        "service-not-public", "network-policy-not-open", "exposed-behind-a-router",
        "image-by-digest", "registry-is-backed-up", "registry-database-is-kept",
    }  # fmt: skip


@on_every_sample
def test_every_account_of_a_sample_pulls_images_with_its_login(name: str):
    context, pools = sample(name)
    login = context.settings.registry.pull_secret
    accounts = [
        one for one in manifests(stack_parts(context, pools)) if one["kind"] == "ServiceAccount"
    ]

    assert accounts
    for one in accounts:
        assert one.get("imagePullSecrets", []) == ([{"name": login}] if login else [])


@pytest.mark.thorough
@on_every_sample
def test_the_program_registers_exactly_the_parts_of_a_sample(name: str):
    context, pools = under_the_engine(name)
    (file,) = (one for one in everything().files if one.stack == name)
    config = {**engine_config(file.document), "localai:delivery": Delivery.OPERATOR.value}

    with checkout() as root:
        # It reads the catalog beside itself.
        done = run(
            lambda: run_path(str(root / "__main__.py"), run_name="__main__"),
            stack=name,
            config=config,
        )

    assert registered(done) == expected(stack_parts(context, pools), name)
