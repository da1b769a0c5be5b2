from collections.abc import Callable
from typing import Any

import pytest

from gitops.validation.custom_resources.findings import resource_findings, validators
from gitops.validation.custom_resources.sources import ARGO_CD, GATEWAY_API, SOURCES
from tests.gitops.validation.custom_resources.samples import application, http_route, rollout

ARGO_CD_RELEASE = f"{ARGO_CD.path}@{ARGO_CD.version}"
GATEWAY_API_RELEASE = f"{GATEWAY_API.path}@{GATEWAY_API.version}"

Spoil = Callable[[dict[str, Any]], object]


def spoiled(manifest: dict[str, Any], spoil: Spoil) -> list[str]:
    spoil(manifest)
    return list(resource_findings(manifest))


@pytest.mark.parametrize("manifest", [application(), http_route(), rollout()])
def test_a_valid_resource_passes(manifest: dict[str, Any]):
    assert list(resource_findings(manifest)) == []


def test_an_unknown_field_of_an_application_is_found_with_its_path():
    assert spoiled(application(), lambda one: one["spec"]["source"].update(chrat="local-ai")) == [
        f"spec.source.chrat: unknown field; {ARGO_CD_RELEASE}"
    ]


def test_an_unknown_field_in_a_list_of_a_route_is_found_with_its_path():
    def spoil(one: dict[str, Any]) -> None:
        one["spec"]["rules"][0]["backendRefs"][0]["prot"] = 80

    assert spoiled(http_route(), spoil) == [
        f"spec.rules.0.backendRefs.0.prot: unknown field; {GATEWAY_API_RELEASE}"
    ]


def test_a_missing_field_is_found():
    (finding,) = spoiled(application(), lambda one: one["spec"].pop("destination"))
    assert finding.startswith('spec: "destination" is a required property; ')


def test_a_wrong_value_is_found_and_not_repeated():
    (finding,) = spoiled(application(), lambda one: one["spec"].update(project=["s3cret"]))
    assert finding.startswith("spec.project: the value is not of type")
    assert "s3cret" not in finding


def test_a_label_that_is_no_text_is_found():
    (finding,) = spoiled(application(), lambda one: one["metadata"]["labels"].update(a=True))
    assert finding.startswith("metadata.labels.a: ")


def test_a_percentage_and_a_number_may_stand_where_both_may_and_nothing_else():
    def canary(one: dict[str, Any]) -> dict[str, Any]:
        return one["spec"]["strategy"]["canary"]

    assert spoiled(rollout(), lambda one: canary(one).update(maxSurge=1)) == []
    (finding,) = spoiled(rollout(), lambda one: canary(one).update(maxSurge=1.5))
    assert finding.startswith("spec.strategy.canary.maxSurge: ")


def test_a_version_that_is_not_held_is_told_with_those_that_are():
    (finding,) = spoiled(
        http_route(), lambda one: one.update(apiVersion="gateway.networking.k8s.io/v9")
    )
    assert finding == f"apiVersion: v9 is not held here, write one of v1; {GATEWAY_API_RELEASE}"


def test_nothing_is_said_of_a_kind_whose_definition_is_not_here():
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "x": 1}
    assert list(resource_findings(thing)) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.kind)
def test_every_definition_gives_a_validator(source: Any):
    assert validators(source)


def test_a_second_resource_of_a_kind_costs_no_second_reading():
    list(resource_findings(application()))
    read = validators.cache_info().misses

    list(resource_findings(application()))

    assert validators.cache_info().misses == read
