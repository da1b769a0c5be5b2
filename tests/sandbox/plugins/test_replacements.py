import pytest

from gitops.planning.forcing import IDENTITY
from sandbox.plugins.diff import replacing_fields
from sandbox.plugins.properties import Properties


@pytest.mark.parametrize(
    ("kind", "mutable", "immutable", "own"),
    [
        ("ConfigMap", False, False, ("binaryData", "data")),
        ("ConfigMap", True, False, ()),
        ("ConfigMap", True, True, ("binaryData", "data")),
        ("Secret", False, False, ("type", "stringData", "data")),
        ("Secret", True, False, ("type",)),
        ("Secret", True, True, ("type", "stringData", "data")),
    ],
)
def test_the_data_rules(kind: str, own: tuple[str, ...], *, mutable: bool, immutable: bool) -> None:
    thing: Properties = {"apiVersion": "v1", "kind": kind, "immutable": immutable}
    found = replacing_fields(thing, mutable_config_maps=mutable, mutable_secrets=mutable)
    assert found == (*IDENTITY, *own)


def test_a_custom_resource_is_replaced_by_its_identity_only() -> None:
    thing: Properties = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    found = replacing_fields(thing, mutable_config_maps=False, mutable_secrets=False)
    assert found == IDENTITY
