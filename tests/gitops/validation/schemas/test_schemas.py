import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gitops.planning.checkout import declared
from gitops.planning.rendering.rendering import PartRecord, Rendering
from gitops.validation.schemas.schemas import VERSIONS, schema_problems
from tests.gitops.stacks import rendered, stack_file
from tests.support.project import PROJECT


def only(kind: str, spoil: Callable[[dict[str, Any]], object]) -> Rendering:
    """Return a rendering of one object that somebody spoiled."""
    rendering = rendered(stack_file())
    part = next(part for part in rendering.parts if (part.object or {}).get("kind") == kind)
    manifest = copy.deepcopy(part.object)
    assert manifest is not None
    spoil(manifest)
    return replace(rendering, parts=(replace(part, object=manifest),))


def found(rendering: Rendering) -> list[str]:
    return [f"{one.object}: {one.cause}" for one in schema_problems(rendering)]


@pytest.mark.parametrize("stack", ["dev", "production", "staging"])
def test_every_object_of_a_committed_stack_is_valid(stack: str):
    (rendering,) = declared(PROJECT, [stack])
    assert found(rendering) == []


def container(manifest: dict[str, Any]) -> dict[str, Any]:
    return manifest["spec"]["template"]["spec"]["containers"][0]


SPOILED: dict[tuple[str, str], Callable[[dict[str, Any]], object]] = {
    ("Deployment", "replica"): lambda one: one["spec"].update(replica=2),
    ("Deployment", "imagePulPolicy"): lambda one: container(one).update(imagePulPolicy="Always"),
    ("Job", "backofLimit"): lambda one: one["spec"].update(backofLimit=1),
    ("Service", "prots"): lambda one: one["spec"].update(prots=[]),
    ("NetworkPolicy", "ingres"): lambda one: one["spec"].update(ingres=[]),
    ("PersistentVolumeClaim", "accesModes"): lambda one: one["spec"].update(accesModes=[]),
}


@pytest.mark.parametrize(("kind", "field"), SPOILED)
def test_a_misspelled_field_is_found_in_every_version(kind: str, field: str):
    findings = found(only(kind, SPOILED[kind, field]))
    assert len(findings) == len(VERSIONS)
    for finding, version in zip(findings, VERSIONS, strict=True):
        assert finding.startswith(f"{kind} ")
        assert field in finding
        assert finding.endswith(f"Kubernetes {version}")


def test_a_value_of_the_wrong_type_is_found_with_its_path():
    findings = found(only("Deployment", lambda one: one["spec"].update(replicas="two")))
    assert any("spec.replicas" in finding for finding in findings)


def custom(version: str, kind: str) -> Rendering:
    manifest = {"apiVersion": version, "kind": kind, "metadata": {"name": "it"}, "wrong": 1}
    part = PartRecord(
        urn="urn:it", name="it", token=f"kubernetes:{version}:{kind}", parent=None, object=manifest
    )
    return replace(rendered(stack_file()), parts=(part,))


@pytest.mark.parametrize(
    "version", ["argoproj.io/v1alpha1", "gateway.networking.k8s.io/v1", "cert-manager.io/v1"]
)
def test_custom_resources_have_no_schema_here(version: str):
    assert found(custom(version, "Whatever")) == []


def test_a_wrong_field_of_a_charts_application_is_found_with_object_path_and_cause():
    (rendering,) = declared(PROJECT, ["production"])
    token = "kubernetes:argoproj.io/v1alpha1:Application"
    part = next(part for part in rendering.parts if part.token == token)
    manifest = copy.deepcopy(part.object)
    assert manifest is not None
    manifest["spec"]["destinaton"] = manifest["spec"].pop("destination")
    spoiled = replace(rendering, parts=(replace(part, object=manifest),))
    unknown, missing = sorted(found(spoiled))
    name = f"Application {manifest['metadata']['name']}: spec"
    assert missing.startswith(f'{name}: "destination" is a required property; ')
    assert unknown.startswith(f"{name}.destinaton: unknown field; ")


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("rbac.authorization.k8s.io/v1", "Role"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("v1", "ConfigMap"),
    ],
)
def test_groups_of_kubernetes_itself_are_held_to_theirs(version: str, kind: str):
    assert any("wrong" in finding for finding in found(custom(version, kind)))


def test_a_claim_for_gpus_is_held_against_the_versions_that_serve_it():
    config = stack_file()
    config["pools"]["talk"]["gpuClaim"] = {"count": 2}
    assert found(rendered(config)) == []

    rendering = rendered(config)
    (part,) = (
        part
        for part in rendering.parts
        if (part.object or {}).get("kind") == "ResourceClaimTemplate"
    )
    manifest = copy.deepcopy(part.object)
    assert manifest is not None
    manifest["spec"]["spec"]["device"] = {}
    spoiled = replace(rendering, parts=(replace(part, object=manifest),))
    (finding,) = found(spoiled)
    assert finding.endswith(f"Kubernetes {VERSIONS[-1]}")


def test_a_kind_that_kubernetes_does_not_have_is_found():
    findings = found(custom("apps/v1", "Pot"))

    assert findings == [
        f"Pot it: kind: Kubernetes {version} has no Pot of apps/v1" for version in VERSIONS
    ]


def test_everything_that_is_wrong_is_found_at_once():
    def spoil(manifest: dict[str, Any]) -> None:
        manifest["spec"].update(replicas="two", replica=2)

    findings = found(only("Deployment", spoil))

    assert len(findings) == 2 * len(VERSIONS)
    assert not any("two" in finding for finding in findings)
