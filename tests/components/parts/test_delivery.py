"""Parts are adapted to who applies them, and never changed."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from components.engine.declaration import parts_of
from components.parts.delivery import delivered
from components.parts.part import Options, Part
from settings.stack.delivery import Delivery
from stack import declarations
from tests.samples import committed
from tests.support.project import STACKS

OPTIONS = "argocd.argoproj.io/sync-options"
WAVE = "argocd.argoproj.io/sync-wave"


def part(kind: str, options: Options | None = None, **metadata: Any) -> Part:
    """Return the part of an object of some kind."""
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", **metadata}}
    return Part(name="a", token="t", manifest=manifest, options=options or Options())


def annotations(one: Part, delivery: Delivery) -> dict[str, str]:
    """Return the annotations of a part as one delivery mode wants it."""
    (found,) = delivered([one], delivery)
    return (found.manifest or {})["metadata"].get("annotations", {})


@pytest.mark.parametrize("kind", ["ConfigMap", "Job", "PersistentVolumeClaim", "Deployment"])
def test_argo_cd_applies_on_the_server_and_prunes_last(kind: str):
    options = annotations(part(kind), Delivery.RENDERED)[OPTIONS].split(",")

    assert {"ServerSideApply=true", "PruneLast=true"} <= set(options)


def test_argo_cd_neither_prunes_nor_deletes_what_is_kept():
    kept = annotations(part("PersistentVolumeClaim", Options(retain=True)), Delivery.RENDERED)
    other = annotations(part("ConfigMap"), Delivery.RENDERED)

    assert {"Prune=false", "Delete=false"} <= set(kept[OPTIONS].split(","))
    assert not {"Prune=false", "Delete=false"} & set(other[OPTIONS].split(","))
    assert kept["argocd.argoproj.io/compare-options"] == "IgnoreExtraneous"
    assert "argocd.argoproj.io/compare-options" not in other


def test_servers_follow_the_wave_of_the_jobs_that_fill_their_claims():
    waves = {
        kind: int(annotations(part(kind), Delivery.RENDERED).get(WAVE, "0"))
        for kind in ("PersistentVolumeClaim", "Job", "Deployment", "StatefulSet")
    }

    # A claim that binds to its first consumer would wait for ever in a wave of its own.
    assert waves["PersistentVolumeClaim"] == waves["Job"] < waves["Deployment"]
    # Workers are ready once front ends know them, and front ends are useless without workers.
    assert waves["StatefulSet"] == waves["Deployment"]


@pytest.mark.parametrize(
    "kind", ["HorizontalPodAutoscaler", "ScaledObject", "Ingress", "HTTPRoute"]
)
def test_nothing_waits_for_what_is_well_only_with_its_servers(kind: str):
    servers = int(annotations(part("Deployment"), Delivery.RENDERED)[WAVE])

    assert int(annotations(part(kind), Delivery.RENDERED)[WAVE]) > servers


@pytest.mark.parametrize(("type_", "waves"), [("ClusterIP", []), ("LoadBalancer", ["2"])])
def test_a_load_balancer_comes_last_and_a_plain_service_first(type_: str, waves: list[str]):
    manifest = {"kind": "Service", "metadata": {"name": "a"}, "spec": {"type": type_}}
    service = Part(name="a", token="t", manifest=manifest)

    found = annotations(service, Delivery.RENDERED)

    assert [value for name, value in found.items() if name == WAVE] == waves


def test_the_engine_waits_until_a_chart_is_synced_and_healthy():
    found = annotations(part("Application"), Delivery.OPERATOR)

    assert json.loads(found["pulumi.com/waitFor"]) == [
        "jsonpath={.status.sync.status}=Synced",
        "jsonpath={.status.health.status}=Healthy",
    ]


def test_the_engine_waits_for_no_claim_since_a_kept_one_is_bound_and_never_pending_again():
    claim = part("PersistentVolumeClaim", Options(retain=True))

    assert annotations(claim, Delivery.OPERATOR) == {"pulumi.com/skipAwait": "true"}
    assert "pulumi.com/skipAwait" not in annotations(claim, Delivery.RENDERED)


@pytest.mark.parametrize(("kind", "skips"), [("ClusterIP", True), ("LoadBalancer", False)])
def test_the_engine_waits_for_a_service_only_where_a_cloud_gives_it_an_address(
    kind: str, skips: bool
):
    service = part("Service")
    manifest = {**(service.manifest or {}), "spec": {"type": kind}}
    found = annotations(replace(service, manifest=manifest), Delivery.OPERATOR)

    assert ("pulumi.com/skipAwait" in found) == skips


@pytest.mark.parametrize("kind", ["ConfigMap", "Job", "Deployment"])
def test_the_engine_needs_no_annotation_for_kinds_it_knows(kind: str):
    assert delivered([part(kind)], Delivery.OPERATOR) == (part(kind),)


def test_annotations_that_are_there_stay():
    found = annotations(part("Application", annotations={"a": "b"}), Delivery.OPERATOR)

    assert found["a"] == "b"
    assert len(found) == 2


@pytest.mark.parametrize("delivery", Delivery)
def test_a_component_has_nothing_to_adapt(delivery: Delivery):
    component = Part(name="a", token="localai:components:LocalAI")

    assert delivered([component], delivery) == (component,)


@pytest.mark.parametrize("delivery", Delivery)
@pytest.mark.parametrize("name", STACKS)
def test_nothing_that_is_handed_in_changes(name: str, delivery: Delivery):
    parts = parts_of(declarations(*committed(name)))
    before = deepcopy(parts)

    delivered(parts, delivery)

    assert parts == before


@pytest.mark.parametrize("name", STACKS)
def test_both_modes_deliver_the_same_objects(name: str):
    parts = parts_of(declarations(*committed(name)))
    specs = [
        [(one.name, (one.manifest or {}).get("spec")) for one in delivered(parts, delivery)]
        for delivery in Delivery
    ]

    assert specs[0] == specs[1]


def test_the_engine_waits_until_a_secret_has_been_brought_in():
    found = annotations(part("ExternalSecret"), Delivery.OPERATOR)

    assert json.loads(found["pulumi.com/waitFor"]) == ["condition=Ready"]
    assert "pulumi.com/waitFor" not in annotations(part("ExternalSecret"), Delivery.RENDERED)
