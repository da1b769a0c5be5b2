"""Objects of the Prometheus Operator carry the labels by which it finds them."""

from components.addons.monitoring.monitors import metadata, resource, settings_of
from settings.monitoring import MonitoringSettings
from tests.components.addons.monitoring.watched import watched_context
from tests.samples import context


def test_the_labels_of_the_release_are_beside_ours_and_never_in_their_place():
    mine = {"release": "kps", "app.kubernetes.io/name": "other"}
    labels = metadata(watched_context({"labels": mine}), "a", {"x": "y"})["labels"]
    assert labels["release"] == "kps"
    assert labels["app.kubernetes.io/name"] == "localai"
    assert labels["x"] == "y"


def test_a_stack_that_says_nothing_has_the_defaults():
    assert settings_of(context()) == MonitoringSettings()


def test_its_fields_are_those_of_the_manifest():
    found = resource(kind="PodMonitor", metadata={"name": "a"}, spec={}).to_dict()
    assert list(found) == ["apiVersion", "kind", "metadata", "spec"]
    assert found["apiVersion"] == "monitoring.coreos.com/v1"
