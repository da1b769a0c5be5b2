import re

import pytest

from sandbox.plugins.declaration import NamelessError, Naming, checked
from sandbox.plugins.manifests import AUTONAMED
from sandbox.plugins.properties import Properties

NAMING = Naming(logical_name="it")


def config_map(**metadata: object) -> Properties:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_an_explicit_name_is_kept() -> None:
    given = config_map(name="a")
    assert checked(given, {}, naming=NAMING, default_namespace="") == given


def test_a_missing_name_is_made_up_and_marked() -> None:
    made = checked(config_map(), {}, naming=NAMING, default_namespace="")["metadata"]
    assert re.fullmatch(r"it-[0-9a-f]{8}", made["name"])
    assert made["annotations"] == {AUTONAMED: "true"}


def test_a_made_up_name_stays() -> None:
    first = checked(config_map(), {}, naming=NAMING, default_namespace="")
    assert checked(config_map(), first, naming=NAMING, default_namespace="") == first


def test_the_same_seed_makes_the_same_name() -> None:
    seeded = Naming(logical_name="it", seed=b"seed")
    assert seeded.new_name() == Naming(logical_name="it", seed=b"seed").new_name()


def test_the_proposal_of_the_engine_wins() -> None:
    assert Naming(logical_name="it", mode="proposed", proposal="x").new_name() == "x"


def test_a_name_is_required_where_made_up_names_are_off() -> None:
    naming = Naming(logical_name="it", mode="disabled")
    with pytest.raises(NamelessError, match=r"set metadata\.name"):
        checked(config_map(), {}, naming=naming, default_namespace="")


def test_the_default_namespace_fills_in_only() -> None:
    for given, wanted in (({}, "d"), ({"namespace": "n"}, "n")):
        thing = config_map(name="a", **given)
        result = checked(thing, {}, naming=NAMING, default_namespace="d")
        assert result["metadata"]["namespace"] == wanted
