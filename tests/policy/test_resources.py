from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest

from gitops.validation.rules.stack_objects import title
from policy.violations import plain, stack_objects
from tests.gitops.validation.rules.objects import workload


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A resource as the engine hands it to a policy."""

    resource_type: str
    urn: str = "urn:it"
    props: Mapping[str, Any] = field(default_factory=dict[str, Any])


class UnknownValueError(Exception):
    """A value that only an update will bring."""


class Unknown(dict[str, Any]):
    """Properties of which none is known yet."""

    def __getitem__(self, key: str) -> Any:
        raise UnknownValueError(key)


def test_objects_of_kubernetes_are_found_by_their_urn():
    deployment = Registered(resource_type="kubernetes:apps/v1:Deployment", props=workload())
    component = Registered(resource_type="localai:components:LocalAI", urn="urn:other")
    ((urn, one),) = stack_objects([deployment, component]).items()

    assert urn == "urn:it"
    assert one.manifest == workload()
    assert one.retained is None


def test_a_custom_resource_is_an_object():
    properties = {"kind": "Application", "metadata": {"name": "qdrant"}}
    found = stack_objects(
        [Registered(resource_type="kubernetes:argoproj.io/v1alpha1:Application", props=properties)]
    )

    assert [title(one.manifest) for one in found.values()] == ["Application qdrant"]


def test_nobody_reads_a_secret():
    secret = Registered(
        resource_type="kubernetes:core/v1:Secret", props=Unknown({"stringData": {"key": "value"}})
    )

    assert stack_objects([secret]) == {}


def test_a_value_that_is_not_known_yet_is_no_value():
    waiting = Registered(resource_type="kubernetes:core/v1:ConfigMap", props=Unknown({"data": {}}))

    with pytest.raises(UnknownValueError):
        stack_objects([waiting])


def test_whole_numbers_come_back_from_floats():
    assert plain({"replicas": 2.0, "share": 0.5, "on": True}) == {
        "replicas": 2,
        "share": 0.5,
        "on": True,
    }


def test_what_stands_for_a_mapping_or_a_list_becomes_one():
    value = MappingProxyType({"a": ({"b": 1.0}, "text"), "__provider": "x"})

    assert plain(value) == {"a": [{"b": 1}, "text"]}
