"""What the program registers with the engine equals the parts that every tool reads."""

import inspect
from collections.abc import Iterator
from typing import Any, cast

import pulumi
import pytest

from components.engine.component import TOKEN
from components.engine.declaration import Declaration
from components.pool.identity import Identity
from stack import addresses, declarations, stack_parts
from tests.engine import GENERATED, DuplicateUrnError, main_program, run, run_program
from tests.expectation import expected, registered
from tests.registration import Registration, Run, Secret, Unknown
from tests.samples import KEY, committed, config, pool, pool_fields, rendered_stack, stack
from tests.support.project import STACKS

on_every_stack = pytest.mark.parametrize("name", STACKS)


def plain_texts(value: Any) -> Iterator[str]:
    """Yield every text in a value that is not secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            yield name
            yield from plain_texts(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from plain_texts(item)


def run_sample(**fields: Any) -> Run:
    """Return what the program registers for a sample stack."""
    return run(main_program, config=config(**fields))


@on_every_stack
def test_the_program_registers_exactly_the_parts_of_a_stack(name: str):
    assert registered(run_program(name)) == expected(stack_parts(*committed(name)), name)


@on_every_stack
def test_a_preview_registers_what_an_update_registers(name: str):
    seen = {one.urn for one in run_program(name, preview=True).registrations}

    assert seen == {one.urn for one in run_program(name).registrations}


def test_a_stack_of_every_setting_registers_exactly_its_parts():
    fields: dict[str, Any] = {
        "pools": {
            "chat": pool_fields(gpu="nvidia-l4", replicas=2),
            "shared": pool_fields(storage={"existing": "weights"}),
        },
        "server": {"version": "v4.9.0", "engines": "image-volume"},
        "claims": {"adopt": True},
        "apiKey": KEY,
        "hubToken": {"secret": "hub", "key": "token"},
        "network": {"clients": ["app"], "sources": ["10.0.0.0/8"]},
        "charts": {
            "qdrant": {"repository": "https://charts.test/a", "chart": "qdrant", "version": "1.2.3"}
        },
    }

    parts = stack_parts(*stack(**fields))

    assert registered(run_sample(**fields)) == expected(parts, "test")


@on_every_stack
def test_every_object_goes_through_the_one_explicit_provider(name: str):
    done = run_program(name)
    objects = [one for one in done.registrations if one.type.startswith("kubernetes:")]

    assert objects
    assert {one.provider for one in objects} == {done.named("cluster").urn}


@on_every_stack
def test_the_provider_carries_the_identity_of_the_cluster(name: str):
    cluster = committed(name)[0].settings.cluster.name

    assert run_program(name).named("cluster").inputs == {
        "clusterIdentifier": cluster,
        "enablePatchForce": "true",
    }


def test_existing_objects_are_adopted_only_where_the_stack_says_so():
    adopting = run_sample(claims={"adopt": True}).named("cluster").inputs

    assert adopting["upsertExistingObjects"] == "true"
    assert "upsertExistingObjects" not in run_sample().named("cluster").inputs


@on_every_stack
def test_the_generated_key_reaches_the_secret_as_a_secret(name: str):
    secret = run_program(name).named("api-key-secret")

    assert secret.inputs["stringData"] == Secret(value={"api-key": GENERATED})


@on_every_stack
def test_the_generated_key_is_nowhere_in_plain_text(name: str):
    done = run_program(name)
    texts = [text for one in done.registrations for text in plain_texts(one.inputs)]

    assert texts
    assert not [
        text
        for text in (*texts, *plain_texts(done.outputs), *plain_texts(done.component_outputs))
        if GENERATED in text
    ]


@on_every_stack
def test_a_component_registers_what_its_annotated_attributes_say(name: str):
    done = run_program(name)

    for one in declarations(*committed(name)):
        registered_outputs = done.component_outputs.get(one.name, {})
        assert inspect.get_annotations(one.component).keys() == registered_outputs.keys()


@on_every_stack
def test_the_components_of_pools_say_where_they_answer(name: str):
    done = run_program(name)
    context, pools = committed(name)
    known = addresses(context, pools)

    for one in pools:
        assert done.component_outputs[one.component] == {"address": known[one.name]}


def test_a_preview_does_not_know_the_generated_key():
    inputs = run_program("dev", preview=True).named("api-key-secret").inputs

    assert inputs["stringData"] == Unknown()


def test_a_key_from_the_cluster_generates_nothing():
    types = {one.type for one in run_sample(apiKey=KEY).registrations}

    assert not [token for token in types if token.startswith("random:") or "Secret" in token]


@on_every_stack
def test_the_outputs_are_the_addresses_of_the_pools_and_nothing_else(name: str):
    context, pools = committed(name)
    host = f"{context.settings.namespace}.svc:8080/v1"

    assert run_program(name).outputs == {
        "addresses": {pool.name: f"http://localai-{pool.name}.{host}" for pool in pools}
    }


def test_a_stack_that_argo_cd_applies_does_not_run_under_the_engine():
    with pytest.raises(pulumi.RunError, match=r"rendered manifests.*remove localai:delivery"):
        run_sample(delivery="rendered", apiKey=KEY)


def test_a_stack_that_argo_cd_applies_has_no_provider_and_no_waiting():
    parts = stack_parts(*rendered_stack())

    assert TOKEN not in {part.token for part in parts}


def test_pools_whose_parts_share_a_name_are_refused_under_the_engine_too():
    with pytest.raises(pulumi.RunError, match="pool-chat-models"):
        run_sample(pools={"chat": pool_fields(), "chat-models": pool_fields()})


def test_a_stack_file_that_is_no_stack_is_refused_before_anything_is_registered():
    with pytest.raises(pulumi.RunError, match=r"localai:pools\.chat\.gpu"):
        run_sample(pools={"chat": pool_fields(gpu="abacus")})


def test_the_mock_refuses_what_the_engine_refuses_a_urn_used_twice():
    def program() -> None:
        for _ in range(2):
            Identity("same", pool())

    with pytest.raises(DuplicateUrnError, match="Identity::same"):
        run(program)


def test_the_mock_composes_the_urns_that_the_parts_predict():
    def program() -> None:
        Identity("one", pool())

    declared = Declaration(component=Identity, name="one", args=pool())
    seen: list[Registration] = list(run(program).registrations)

    assert [one.urn for one in seen] == [
        "urn:pulumi:test::localai::localai:components:Identity::one",
        "urn:pulumi:test::localai::localai:components:Identity"
        "$kubernetes:core/v1:ServiceAccount::one-account",
    ]
    assert declared.component.token == seen[0].type
