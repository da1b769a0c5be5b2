from typing import Any

import pytest
from pydantic import ValidationError

from settings.config import SettingsError
from settings.pool.pool import PoolSettings
from tests.settings.pool.rules import agreeing

SIZE = {"size": "20Gi"}
MANY = {"size": "20Gi", "access": "ReadWriteMany"}


def pool(**fields: Any) -> PoolSettings:
    return agreeing({"models": ["a"], "storage": SIZE} | fields)


def test_the_least_a_pool_can_say_is_one_pod_on_cpus():
    found = pool()

    assert (found.gpu, found.gpus, found.replicas, found.surge, found.active) == (
        None, None, 1, 0, None,
    )  # fmt: skip
    assert (found.aliases, found.node_selector, found.memory) == ({}, {}, None)


def test_no_replica_parks_the_pool_and_is_not_taken_for_absent():
    assert pool(replicas=0).replicas == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("replicas", -1),
        ("replicas", 1001),
        ("replicas", "1"),
        ("replicas", True),
        ("replicas", 1.0),
        ("gpus", 0),
        ("gpus", 17),
        ("surge", -1),
        ("active", 0),
        ("cpu", 0),
        ("cpu", 257),
        ("models", []),
        ("models", "a"),
        ("models", ["a"] * 201),
        ("models", [1]),
        ("gpu", ""),
        ("memory", 8),
    ],
)
def test_what_no_pool_can_have_is_refused(field: str, value: object):
    with pytest.raises(ValidationError, match=field):
        pool(**{"gpu": "nvidia-l4", field: value})


@pytest.mark.parametrize("fields", [{"replicas": 2}, {"surge": 1}, {"replicas": 0, "surge": 1}])
def test_pods_on_several_nodes_need_a_claim_for_many(fields: dict[str, Any]):
    with pytest.raises(SettingsError, match="one node at a time can hold its claim"):
        pool(**fields)

    assert pool(storage=MANY, **fields)


def test_gpus_are_of_a_profile():
    assert pool(gpu="nvidia-l4", gpus=2).gpus == 2
    with pytest.raises(SettingsError, match="counts gpus but names no gpu profile"):
        pool(gpus=2)


def test_at_most_all_models_are_active():
    assert pool(models=["a", "b"], active=2).active == 2
    with pytest.raises(SettingsError, match="keeps 3 models active but lists 2"):
        pool(models=["a", "b"], active=3)


def test_a_model_is_listed_once():
    with pytest.raises(SettingsError, match="lists b twice"):
        pool(models=["b", "a", "b"])


def test_an_alias_is_no_model():
    with pytest.raises(SettingsError, match="has a as a model and as an alias"):
        pool(aliases={"a": "a"})


def test_aliases_are_in_the_order_of_their_names_however_they_are_written():
    assert list(pool(aliases={"z": "a", "b": "a"}).aliases) == ["b", "z"]


def test_models_keep_the_order_of_the_file():
    assert pool(models=["b", "a"]).models == ("b", "a")


def test_an_empty_label_value_is_a_value():
    assert pool(nodeSelector={"spot": ""}).node_selector == {"spot": ""}
