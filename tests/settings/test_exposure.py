from typing import Any

import pytest
from pydantic import ValidationError

from documents.validation import problems
from settings.exposure import ExposureKind, ExposureSettings

INGRESS = {
    "kind": "ingress",
    "host": "ai.example.com",
    "ingressClass": "nginx",
    "from": ["ingress-nginx"],
    "tls": {"secret": "ai-tls"},
}
GATEWAY = {
    "kind": "gateway",
    "host": "ai.example.com",
    "gateway": {"name": "public", "namespace": "gateways"},
}
LOAD_BALANCER = {"kind": "loadBalancer", "networks": ["203.0.113.0/24"], "plaintext": True}


def exposure(*bases: dict[str, Any], **fields: Any) -> ExposureSettings:
    values: dict[str, Any] = {}
    for one in (*bases, fields):
        values |= one
    return ExposureSettings.model_validate({k: v for k, v in values.items() if v is not None})


def test_nothing_is_exposed_unless_a_stack_says_so():
    assert exposure().kind is ExposureKind.CLUSTER


@pytest.mark.parametrize("base", [INGRESS, GATEWAY, LOAD_BALANCER])
def test_each_kind_has_a_least_that_it_takes(base: dict[str, Any]):
    assert exposure(base).kind == base["kind"]


@pytest.mark.parametrize(
    ("base", "key", "cure"),
    [
        (INGRESS, "host", "add `host`"),
        (INGRESS, "ingressClass", "add `ingressClass`"),
        (INGRESS, "from", "name the namespace of the ingress controller under `from`"),
        (GATEWAY, "host", "add `host`"),
        (GATEWAY, "gateway", "add `gateway`"),
        (LOAD_BALANCER, "networks", "add `networks`"),
    ],
)
def test_what_a_kind_needs_is_asked_for_by_its_key(base: dict[str, Any], key: str, cure: str):
    with pytest.raises(ValidationError) as refused:
        exposure(base, **{key: None})
    (said,) = problems(refused.value, ExposureSettings)
    assert said.cause.endswith(f"but sets no {key}")
    assert said.cure == cure


@pytest.mark.parametrize(
    ("base", "fields", "key"),
    [
        ({}, {"host": "ai.example.com"}, "host"),
        ({}, {"tls": {"secret": "a"}}, "tls"),
        ({"kind": "cluster"}, {"pool": "chat"}, "pool"),
        (LOAD_BALANCER, {"tls": {"secret": "a"}}, "tls"),
        (LOAD_BALANCER, {"host": "ai.example.com"}, "host"),
        (GATEWAY, {"tls": {"secret": "a"}}, "tls"),
        (GATEWAY, {"ingressClass": "nginx"}, "ingressClass"),
        (INGRESS, {"networks": ["10.0.0.0/8"]}, "networks"),
        (INGRESS, {"gateway": GATEWAY["gateway"]}, "gateway"),
    ],
)
def test_what_a_kind_does_not_read_is_refused(
    base: dict[str, Any], fields: dict[str, Any], key: str
):
    with pytest.raises(ValidationError, match=f"sets {key}"):
        exposure(base, **fields)


@pytest.mark.parametrize("base", [{**INGRESS, "tls": None}, {**LOAD_BALANCER, "plaintext": None}])
def test_keys_do_not_travel_unencrypted_unless_somebody_says_so(base: dict[str, Any]):
    with pytest.raises(ValidationError, match="would carry keys and answers unencrypted"):
        exposure(base)

    assert exposure(base, plaintext=True).plaintext


def test_tls_and_plaintext_contradict_each_other():
    with pytest.raises(ValidationError, match="has tls and plaintext"):
        exposure(INGRESS, plaintext=True)


@pytest.mark.parametrize("tls", [{}, {"secret": "a", "issuer": "b"}])
def test_a_certificate_has_one_source(tls: dict[str, str]):
    with pytest.raises(ValidationError, match="needs exactly one source"):
        exposure(INGRESS, tls=tls)


def test_only_what_can_take_a_path_off_gets_one():
    assert exposure(INGRESS, path="/ai").path == "/ai"
    assert exposure(GATEWAY, path="/ai").path == "/ai"
    with pytest.raises(ValidationError, match="only an nginx ingress or a gateway takes off"):
        exposure(INGRESS, ingressClass="traefik", path="/ai")


@pytest.mark.parametrize(
    "host", ["localhost", "*.example.com", "AI.example.com", "a..b", "a" * 64 + ".b"]
)
def test_what_is_no_host_is_refused(host: str):
    with pytest.raises(ValidationError, match="host"):
        exposure(INGRESS, host=host)


@pytest.mark.parametrize("path", ["ai", "/ai/", "/a b", "/../a", "//"])
def test_what_is_no_path_is_refused(path: str):
    with pytest.raises(ValidationError, match="path"):
        exposure(INGRESS, path=path)


def test_the_largest_request_is_said_at_the_server():
    with pytest.raises(ValidationError) as refused:
        exposure(INGRESS, bodySize="50Mi")

    (problem,) = problems(refused.value, ExposureSettings)
    assert problem.path == ("bodySize",)
    assert "`bodySize` under localai:server" in problem.cure
