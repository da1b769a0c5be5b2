from sandbox.plugins.manifests import normalized
from sandbox.plugins.properties import UNKNOWN, Properties


def test_the_texts_of_a_secret_become_encoded_data() -> None:
    secret: Properties = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "1"}}
    assert normalized(secret) == {"apiVersion": "v1", "kind": "Secret", "data": {"a": "MQ=="}}


def test_what_holds_an_unknown_value_stays_as_it_is() -> None:
    secret: Properties = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": UNKNOWN}}
    assert normalized(secret) == secret


def test_read_only_metadata_is_left_out() -> None:
    live: Properties = {"apiVersion": "v1", "metadata": {"name": "a", "uid": "1", "generation": 2}}
    assert normalized(live)["metadata"] == {"name": "a"}


def test_a_custom_resource_is_kept_as_it_is() -> None:
    application: Properties = {
        "apiVersion": "argoproj.io/v1alpha1",
        "spec": {"limits": {"memory": "1024Mi"}, "list": [], "value": ""},
    }
    assert normalized(application) == application


def test_zero_values_that_the_server_drops_are_dropped() -> None:
    pod: Properties = {
        "apiVersion": "v1",
        "spec": {"hostNetwork": False, "env": [{"name": "A", "value": ""}], "args": []},
    }
    assert normalized(pod)["spec"] == {"env": [{"name": "A"}]}


def test_the_data_of_a_config_map_keeps_its_empty_texts() -> None:
    config: Properties = {"apiVersion": "v1", "data": {"value": "", "limits": "1024Mi"}}
    assert normalized(config) == config
