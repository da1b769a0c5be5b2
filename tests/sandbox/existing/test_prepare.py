import json

import pytest

from gitops.validation.custom_resources.sources import SOURCES
from sandbox.existing.client import Client, ContextError
from sandbox.existing.prepare import are_established, definition, namespace, prepare
from tests.sandbox.existing.fake_kubectl import FakeKubectl

OBJECTS = [{"kind": "ConfigMap", "metadata": {"name": "a", "namespace": "here"}}]
CHANGING = ("apply", "patch", "replace", "delete", "label", "annotate")


def everything_is_there(kubectl: FakeKubectl) -> None:
    there = [{"metadata": {"name": definition(source)}} for source in SOURCES]
    kubectl.lists("customresourcedefinitions", *there)
    kubectl.lists("namespaces", {"metadata": {"name": "here"}})


def test_an_empty_cluster_gets_definitions_and_namespaces(kubectl: FakeKubectl):
    text, complete = prepare(kubectl.client, OBJECTS)
    assert complete
    assert text.startswith("context     near, Kubernetes v1.34.10\n")
    assert text.count("created     definition ") == len(SOURCES)
    assert "created     namespace here" in text
    assert json.loads(kubectl.created) == namespace("here")


def test_created_definitions_are_waited_for(kubectl: FakeKubectl):
    prepare(kubectl.client, OBJECTS)
    (waited,) = (line for line in kubectl.asked if " wait " in line)
    assert "customresourcedefinition/applications.argoproj.io" in waited


def test_what_is_there_stays_as_it_is(kubectl: FakeKubectl):
    everything_is_there(kubectl)
    text, complete = prepare(kubectl.client, OBJECTS)
    assert complete
    assert f"present     {len(SOURCES)} definitions, left as they are" in text
    assert "present     namespace here, left as it is" in text
    assert not any(" create " in line for line in kubectl.asked)


def test_nothing_is_ever_changed_or_removed(kubectl: FakeKubectl):
    prepare(kubectl.client, OBJECTS)
    verbs = {line.split()[1] for line in kubectl.asked}
    assert verbs.isdisjoint(CHANGING)


def test_what_is_refused_is_told_and_the_rest_goes_on(kubectl: FakeKubectl):
    everything_is_there(kubectl)
    kubectl.lists("namespaces")
    kubectl.fails("create", "Error from server (Forbidden): namespaces is forbidden")
    text, complete = prepare(kubectl.client, OBJECTS)
    assert not complete
    assert "refused     namespace here: The user of context 'near' may not do this" in text


def test_a_cluster_that_is_away_is_told(kubectl: FakeKubectl):
    kubectl.fails("version", "Unable to connect to the server: EOF")
    with pytest.raises(ContextError, match="does not answer"):
        prepare(kubectl.client, OBJECTS)


def test_namespaces_of_stacks_are_restricted_and_argo_cds_is_not():
    def labels(name: str) -> object:
        made = json.loads(json.dumps(namespace(name)))
        return made["metadata"]["labels"]

    assert labels("here") == {"pod-security.kubernetes.io/enforce": "restricted"}
    assert labels("argocd") == {}


def test_a_definition_that_is_too_new_to_be_waited_for_is_asked_for_again(
    kubectl: FakeKubectl, monkeypatch: pytest.MonkeyPatch
):
    said = [ContextError("error: .status.conditions accessor error: <nil> is", "Try"), None]

    def run(*_: object) -> str:
        if error := said.pop(0):
            raise error
        return ""

    monkeypatch.setattr(Client, "run", run)

    assert [are_established(kubectl.client, ["one"]) for _ in range(2)] == [False, True]
