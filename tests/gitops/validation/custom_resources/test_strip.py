from typing import Any

import pytest

from gitops.validation.custom_resources.definitions import parsed, stripped, without_prose
from gitops.validation.custom_resources.sources import SOURCES, Source


def version(name: str, *, served: bool = True, storage: bool = False) -> dict[str, Any]:
    return {"name": name, "served": served, "storage": storage, "schema": {"description": "x"}}


def definition(*versions: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "things.example.com",
            "creationTimestamp": None,
            "annotations": {
                "controller-gen.kubebuilder.io/version": "v1",
                "api-approved.kubernetes.io": "https://example.com",
            },
        },
        "spec": {
            "group": "example.com",
            "names": {"kind": "Thing"},
            "scope": "Namespaced",
            "conversion": {"strategy": "Webhook"},
            "versions": list(versions),
        },
        "status": {},
    }


def kept(*versions: dict[str, Any]) -> list[str]:
    return [one["name"] for one in stripped(definition(*versions))["spec"]["versions"]]


def test_prose_goes_and_fields_that_are_called_like_it_stay():
    schema = {
        "description": "gone",
        "properties": {"description": {"type": "string", "description": "gone", "title": "gone"}},
        "allOf": [{"description": "gone", "required": ["description"]}],
        "default": {"description": "stays"},
    }
    assert without_prose(schema) == {
        "properties": {"description": {"type": "string"}},
        "allOf": [{"required": ["description"]}],
        "default": {"description": "stays"},
    }


def test_status_conversion_and_the_makers_mark_go_and_the_approval_stays():
    made = stripped(definition(version("v1", storage=True)))
    assert set(made) == {"apiVersion", "kind", "metadata", "spec"}
    assert made["metadata"] == {
        "name": "things.example.com",
        "annotations": {"api-approved.kubernetes.io": "https://example.com"},
    }
    assert set(made["spec"]) == {"group", "names", "scope", "versions"}


@pytest.mark.parametrize("old", ["v1beta1", "v1alpha1", "v0"])
def test_an_older_version_goes(old: str):
    assert kept(version(old), version("v1", storage=True)) == ["v1"]


def test_a_newer_version_than_the_stored_one_stays_beside_it():
    assert kept(version("v1"), version("v1beta1", storage=True)) == ["v1", "v1beta1"]


def test_versions_are_compared_as_numbers():
    versions = (version("v1alpha2"), version("v1alpha10"), version("v1alpha9", storage=True))
    assert kept(*versions) == ["v1alpha10", "v1alpha9"]


def test_a_version_that_is_not_served_goes():
    assert kept(version("v2", served=False), version("v1", storage=True)) == ["v1"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.kind)
def test_the_files_are_stripped_already(source: Source):
    content = parsed(source.path.read_text(encoding="utf-8"))
    assert stripped(content) == content
