"""The edge to the engine: configuration in, declarations out."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace

import pulumi
import pytest
from pulumi.runtime import set_all_config

from components.engine.declaration import Declaration
from components.engine.engine import engine_config, register, stated
from components.pool.identity import Identity
from documents.problem import Problem, RefusedError
from settings.config import SettingsError
from tests.engine import CLUSTER_UID, run
from tests.registration import STACK, Registration
from tests.samples import KEY, pool, settings


def identities(*names: str) -> Iterator[Declaration]:
    """Yield a component for each name; each waits for the one before."""
    for index, name in enumerate(names):
        args = replace(pool(), name=name)
        yield Declaration(
            component=Identity, name=name, args=args, depends_on=names[index - 1 : index]
        )


def test_only_the_configuration_of_this_program_is_read():
    seen: list[dict[str, str]] = []
    config = {"localai:namespace": "a", "pulumi:tags": "c"}

    run(lambda: seen.append(engine_config()), config=config)

    assert seen == [{"localai:namespace": "a"}]


@pytest.mark.parametrize("key", ["kubernetes:context", "pulumi:autonaming", "random:a", "aws:b"])
def test_configuration_that_no_plan_shows_is_refused_wherever_it_came_from(key: str):
    with pytest.raises(SettingsError, match=f"config.{key}: "):
        run(engine_config, config={"localai:namespace": "a", key: "b"})


@pytest.mark.parametrize("key", ["localai:namespace", "localai:charts"])
def test_configuration_that_the_engine_keeps_encrypted_is_refused(key: str):
    def program() -> None:
        # As the engine does it: in plain text, next to the keys that are secret.
        set_all_config({"localai:namespace": "a", "localai:charts": "{}"}, [key])
        engine_config()

    with pytest.raises(SettingsError, match=f"config.{key}: holds a secret"):
        run(program)


def test_configuration_from_the_environment_of_the_engine_is_read_too(
    monkeypatch: pytest.MonkeyPatch,
):
    seen: list[dict[str, str]] = []
    config = {"localai:namespace": "a", "localai:cluster": "b"}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))

    run(lambda: seen.append(engine_config()), config={"localai:cluster": "newer"})

    assert seen == [{"localai:namespace": "a", "localai:cluster": "newer"}]


def test_components_are_registered_in_order_with_what_they_wait_for():
    done = run(lambda: register(identities("one", "two", "three"), settings()))

    assert done.named("one").dependencies == frozenset()
    assert done.named("three").dependencies == {done.named("two-account").urn}


def test_the_provider_comes_first_and_alone():
    done = run(lambda: register(identities("one", "two"), settings()))
    providers = [one for one in done.registrations if one.type.startswith("pulumi:providers:")]

    assert [one.name for one in providers] == ["cluster"]


def test_the_program_ends_after_the_last_answer_so_that_no_output_is_looked_at_twice():
    seen: list[str] = []
    names = [f"name-{number}" for number in range(20)]

    run(lambda: register(identities(*names), settings()), seen=seen)

    assert {"name-19-account", *names} < set(seen)
    assert seen[-1] == STACK


def test_the_state_has_the_line_that_declares_and_no_folder_of_the_machine():
    done = run(lambda: register(identities("one"), settings()))

    assert _files(done.named("one-account")) == ["component.py"]
    assert set(_files(done.named("one"))) == {"engine.py"}
    assert not hasattr(sys, "tracebacklimit")


def _files(registered: Registration) -> list[str]:
    return [place.rpartition("/")[2] for place in registered.places]


def test_a_stack_that_argo_cd_applies_is_refused_before_anything_is_registered():
    rendered = settings(delivery="rendered", apiKey=KEY)

    with pytest.raises(SettingsError, match="remove localai:delivery"):
        register(identities("one"), rendered)


@pytest.mark.parametrize(
    "refusal",
    [
        SettingsError(
            [Problem(path=("config", "localai:pools"), cause="is missing", cure="add it")]
        ),
        RefusedError([Problem(file="a.yaml", path=(), cause="is empty", cure="fill it")]),
    ],
)
def test_a_refusal_reaches_people_as_the_engines_own_plain_error(refusal: Exception):
    with pytest.raises(pulumi.RunError, match=str(refusal)) as error, stated():
        raise refusal

    assert error.value.__suppress_context__


def test_a_mistake_of_the_program_keeps_its_traceback():
    with pytest.raises(KeyError), stated():
        raise KeyError("pool")


def test_names_used_twice_are_refused_before_anything_is_registered():
    with pytest.raises(SettingsError):
        register(identities("one", "one"), settings())


def test_a_bound_stack_registers_nothing_in_another_cluster():
    other = "99999999-2222-4333-8444-555555555555"
    seen: list[str] = []

    def program() -> None:
        register(identities("one", "two"), settings(cluster={"name": "main", "uid": other}))

    with pytest.raises(pulumi.RunError) as caught:
        run(program, seen=seen)

    assert seen == ["cluster", STACK]
    assert str(caught.value) == (
        f"localai:cluster says main with uid '{other}', but the kubeconfig leads to the cluster "
        f"with uid '{CLUSTER_UID}'; nothing was changed. Choose the context of main; or, if main "
        f"was built anew, write `uid: {CLUSTER_UID}` under localai:cluster"
    )


@pytest.mark.parametrize("preview", [False, True])
def test_a_bound_stack_registers_all_in_its_own_cluster(preview: bool):
    cluster = {"name": "test", "uid": CLUSTER_UID}
    bound = run(
        lambda: register(identities("one", "two"), settings(cluster=cluster)), preview=preview
    )
    free = run(lambda: register(identities("one", "two"), settings()), preview=preview)

    assert [one.urn for one in bound.registrations] == [one.urn for one in free.registrations]
    assert bound.named("cluster") == free.named("cluster")
