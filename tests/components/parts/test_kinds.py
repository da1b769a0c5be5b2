"""Every kind that a stack uses has its class, except the custom ones."""

import pytest

from components.engine.component import resource_class
from components.engine.provider import TOKEN
from components.parts.kinds import KINDS
from stack import stack_parts
from tests.samples import STACKS, committed

CUSTOM = {"kubernetes:argoproj.io/v1alpha1:Application"}


@pytest.mark.parametrize("token", KINDS)
def test_a_class_registers_the_type_it_stands_for(token: str):
    assert resource_class(token).pulumi_type == token


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_uses_only_kinds_with_a_class_and_known_custom_ones(name: str):
    tokens = {part.token for part in stack_parts(*committed(name))}
    objects = {token for token in tokens if not token.startswith("localai:")} - {TOKEN}

    assert objects <= KINDS.keys() | CUSTOM
