from sandbox.plugins.declaration import read
from sandbox.plugins.kubernetes import MADE_BY_CONTROLLERS, live_inputs, located
from sandbox.plugins.properties import Properties

URN = "urn:pulumi:dev::p::a:b:C$kubernetes:core/v1:ConfigMap::it"
LIVE: Properties = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {
        "name": "a",
        "uid": "1",
        "annotations": dict.fromkeys(MADE_BY_CONTROLLERS, "1"),
    },
    "data": {"a": "1"},
    "status": {},
}


def test_an_imported_object_is_found_by_urn_and_identity() -> None:
    found = located(URN, "n/a", read({}))
    assert found == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "n"},
    }


def test_an_import_takes_what_a_program_could_declare() -> None:
    assert live_inputs(LIVE, {}) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"a": "1"},
    }


def test_a_refresh_takes_the_declared_fields_only() -> None:
    assert live_inputs(LIVE, {"data": {"a": "0"}}) == {"data": {"a": "1"}}
