from typing import Any, cast

from sandbox.argocd.programs import NAMESPACE
from sandbox.argocd.start import installation

OBJECTS = cast("tuple[dict[str, Any], ...]", installation({"rule": "return {}"}, "a-key"))


def named(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == kind}


def test_the_namespace_comes_before_what_lies_in_it():
    assert OBJECTS[0]["kind"] == "Namespace"
    assert {one["metadata"]["namespace"] for one in OBJECTS[1:]} == {NAMESPACE}


def test_argo_cd_finds_every_object_it_looks_for():
    assert set(named("ConfigMap")) == {"argocd-cm", "argocd-rbac-cm", "argocd-cmd-params-cm"}
    assert set(named("Secret")) == {"argocd-secret"}
    assert set(named("AppProject")) == {"default"}
    for one in (*named("ConfigMap").values(), *named("Secret").values()):
        assert one["metadata"]["labels"] == {"app.kubernetes.io/part-of": "argocd"}


def test_health_rules_are_settings():
    assert named("ConfigMap")["argocd-cm"]["data"] == {"rule": "return {}"}


def test_the_signing_key_is_in_the_secret_alone():
    assert named("Secret")["argocd-secret"]["stringData"] == {"server.secretkey": "a-key"}
    assert "a-key" not in str([one for one in OBJECTS if one["kind"] != "Secret"])
