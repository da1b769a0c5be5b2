from sandbox.plugins.declaration import Checkpoint, field_manager, read, written
from sandbox.plugins.properties import Properties, Secret

INPUTS: Properties = {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "s"}}


def test_a_state_keeps_the_live_object_and_its_inputs() -> None:
    live = {**INPUTS, "metadata": {"name": "a", "uid": "1"}}
    kept = Checkpoint(inputs=INPUTS, live=live, api_version="v1", field_manager="m")
    assert read(written(kept, INPUTS)) == kept


def test_a_state_has_no_managed_fields_and_hides_what_was_secret() -> None:
    live: Properties = {**INPUTS, "metadata": {"name": "a", "managedFields": [{}]}}
    kept = Checkpoint(inputs=INPUTS, live=live, api_version="v1", field_manager="m")
    state = written(kept, {**INPUTS, "data": {"a": Secret(value="s")}})
    assert state["metadata"] == {"name": "a"}
    assert state["data"] == state["__inputs"]["data"] == {"a": Secret(value="s")}


def test_each_resource_gets_a_field_manager_of_its_own() -> None:
    assert field_manager({}) != field_manager({})
    annotations = {"pulumi.com/patchFieldManager": "mine"}
    assert field_manager({"metadata": {"annotations": annotations}}) == "mine"
