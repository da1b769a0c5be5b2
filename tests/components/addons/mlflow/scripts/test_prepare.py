import configparser

from hypothesis import given
from hypothesis import strategies as st

from components.addons.mlflow.scripts.prepare import LOGINS, REGISTRY, logins, mistakes

RIGHT = {
    REGISTRY: "postgresql+psycopg2://u:secret@h:5432/mlflow",
    LOGINS: "postgresql+psycopg2://u:secret@h:5432/logins",
}


def test_two_databases_with_the_driver_in_their_addresses_are_right():
    assert mistakes(RIGHT) == []


def test_a_plain_address_is_refused_without_showing_it():
    (found,) = mistakes({**RIGHT, REGISTRY: "postgresql://u:secret@h:5432/mlflow"})

    assert found.startswith(f"{REGISTRY} starts with postgresql; write postgresql+psycopg2://")
    assert "secret" not in found.lower().replace("its secret", "")


def test_an_address_that_is_none_is_not_shown_either():
    (found,) = mistakes({**RIGHT, LOGINS: "hunter2://x"})

    assert "hunter2" not in found
    assert found.startswith(f"{LOGINS} starts with something else")


def test_one_database_for_both_is_refused():
    (found,) = mistakes({**RIGHT, LOGINS: RIGHT[REGISTRY]})

    assert found.endswith("create a second one")


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1))
def test_mlflow_reads_the_address_that_was_given_and_grants_nothing_by_default(password: str):
    address = f"postgresql+psycopg2://u:{password}@h/logins"
    read = configparser.ConfigParser()
    read.read_string(logins({**RIGHT, LOGINS: address}))

    assert read["mlflow"]["database_uri"] == address
    assert read["mlflow"]["default_permission"] == "NO_PERMISSIONS"
