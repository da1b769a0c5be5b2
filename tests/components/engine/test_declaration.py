"""Declarations become parts: each component, then what it is made of."""

from dataclasses import replace

import pytest

from components.engine.declaration import Declaration, parts_of, urns
from components.pool.identity import Identity
from settings.config import SettingsError
from tests.samples import pool


def declared(name: str, *depends_on: str) -> Declaration:
    """Return the declaration of a component with one part."""
    args = replace(pool(), name=name)
    return Declaration(component=Identity, name=name, args=args, depends_on=depends_on)


def test_a_component_comes_before_its_parts():
    parts = parts_of([declared("one"), declared("two")])

    assert [part.name for part in parts] == ["one", "one-account", "two", "two-account"]


def test_the_parts_of_a_component_have_it_as_parent_and_wait_for_the_same():
    _, _, component, account = parts_of([declared("one"), declared("two", "one")])

    assert (component.parent, account.parent) == (None, "two")
    assert component.depends_on == account.depends_on == ("one",)


def test_two_components_of_one_name_are_refused():
    with pytest.raises(SettingsError, match="named one; rename"):
        parts_of([declared("one"), declared("one")])


def test_a_component_named_like_a_part_is_refused():
    with pytest.raises(SettingsError, match="named one-account"):
        parts_of([declared("one"), declared("one-account")])


def test_two_components_that_make_one_object_are_refused():
    args = pool()
    both = [Declaration(component=Identity, name=name, args=args) for name in ("one", "two")]

    with pytest.raises(SettingsError, match="one-account and two-account would be one Servi"):
        parts_of(both)


def test_a_urn_names_the_stack_the_project_and_the_types_from_the_component_down():
    found = urns(parts_of([declared("one")]), project="localai", stack="dev")

    assert found == {
        "one": "urn:pulumi:dev::localai::localai:components:Identity::one",
        "one-account": "urn:pulumi:dev::localai::localai:components:Identity"
        "$kubernetes:core/v1:ServiceAccount::one-account",
    }
