"""A part is what one registration needs."""

import pytest
from lightkube.models.core_v1 import ConfigMap
from lightkube.models.meta_v1 import ObjectMeta

from components.parts.kinds import token_of
from components.parts.part import Options, name_of, object_part, plain

OBJECT = ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "v"})


@pytest.mark.parametrize(
    ("version", "kind", "token"),
    [
        ("v1", "Secret", "kubernetes:core/v1:Secret"),
        ("apps/v1", "Deployment", "kubernetes:apps/v1:Deployment"),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        ),
    ],
)
def test_a_token_names_the_group_the_version_and_the_kind(version: str, kind: str, token: str):
    assert token_of(version, kind) == token


def test_an_object_becomes_its_plain_manifest():
    assert object_part("one", OBJECT).manifest == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"k": "v"},
    }


def test_fields_that_are_not_set_are_left_out():
    assert "binaryData" not in plain(OBJECT)


def test_an_object_has_a_name():
    assert name_of(OBJECT) == "a"


def test_without_options_a_part_is_neither_kept_nor_awaited_longer():
    assert object_part("one", OBJECT).options == Options(retain=False, timeout=None)
