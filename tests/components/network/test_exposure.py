from typing import Any

import kubernetes_validate
import pytest

from components.network.exposure import address
from components.parts.part import Part
from gitops.validation.custom_resources.findings import resource_findings
from settings.exposure import ExposureSettings
from stack import outside, stack_parts
from tests.samples import pool_fields, stack

INGRESS = {
    "kind": "ingress",
    "host": "ai.example.com",
    "ingressClass": "nginx",
    "from": ["ingress-nginx"],
    "tls": {"issuer": "letsencrypt"},
}
GATEWAY = {
    "kind": "gateway",
    "host": "ai.example.com",
    "gateway": {"name": "public", "namespace": "gateways"},
}
LOAD_BALANCER = {"kind": "loadBalancer", "networks": ["203.0.113.0/24"], "plaintext": True}
KINDS = (INGRESS, GATEWAY, LOAD_BALANCER)


def exposed(exposure: dict[str, Any], **fields: Any) -> list[Part]:
    found = stack({"chat": pool_fields()}, exposure=exposure, **fields)
    return [part for part in stack_parts(*found) if part.name.startswith("exposure-")]


def objects(exposure: dict[str, Any], **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the policy and the entrance."""
    policy, entrance = (dict(part.manifest or {}) for part in exposed(exposure, **fields))
    return policy, entrance


@pytest.mark.parametrize("exposure", KINDS)
def test_the_api_server_would_take_every_object(exposure: dict[str, Any]):
    for manifest in objects(exposure, router={}):
        if manifest["kind"] == "HTTPRoute":
            assert list(resource_findings(manifest)) == []
        else:
            kubernetes_validate.validate(manifest, "1.37", strict=True)


@pytest.mark.parametrize("exposure", KINDS)
def test_it_comes_after_what_it_leads_to(exposure: dict[str, Any]):
    assert {part.depends_on for part in exposed(exposure, router={})} == {("router",)}
    found = exposed({**exposure, "pool": "chat"})
    assert {part.depends_on for part in found} == {("pool-chat",)}


@pytest.mark.parametrize(
    ("exposure", "kind"),
    [(INGRESS, "Ingress"), (GATEWAY, "HTTPRoute"), (LOAD_BALANCER, "Service")],
)
def test_each_kind_is_one_object_and_one_policy(exposure: dict[str, Any], kind: str):
    policy, entrance = objects(exposure, router={})

    assert (policy["kind"], entrance["kind"]) == ("NetworkPolicy", kind)


@pytest.mark.parametrize("said", [None, {"kind": "cluster"}])
def test_a_stack_that_stays_inside_has_none_of_it(said: dict[str, Any] | None):
    fields = {"exposure": said} if said else {}

    assert not [one for one in stack_parts(*stack(**fields)) if one.name.startswith("exposure")]


@pytest.mark.parametrize(
    ("exposure", "namespaces"),
    [
        (INGRESS, ["ingress-nginx"]),
        (GATEWAY, ["gateways"]),
        ({**GATEWAY, "from": ["envoy-gateway-system"]}, ["envoy-gateway-system"]),
    ],
)
def test_the_controllers_pods_are_let_in(exposure: dict[str, Any], namespaces: list[str]):
    (rule,) = objects(exposure, router={})[0]["spec"]["ingress"]
    labels = [peer["namespaceSelector"]["matchLabels"] for peer in rule["from"]]

    assert [one["kubernetes.io/metadata.name"] for one in labels] == namespaces
    assert rule["ports"] == [{"port": 4000, "protocol": "TCP"}]


def test_a_load_balancer_lets_in_the_declared_networks_and_sees_who_calls():
    policy, service = objects(LOAD_BALANCER, router={})

    assert policy["spec"]["ingress"][0]["from"] == [{"ipBlock": {"cidr": "203.0.113.0/24"}}]
    assert service["spec"]["loadBalancerSourceRanges"] == ["203.0.113.0/24"]
    assert service["spec"]["externalTrafficPolicy"] == "Local"


def test_a_pool_without_a_router_is_reached_at_its_own_pods_and_port():
    policy, service = objects({**LOAD_BALANCER, "pool": "chat"})

    assert service["spec"]["selector"]["localai.gitops/pool"] == "chat"
    assert policy["spec"]["ingress"][0]["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert (
        service["spec"]["selector"].items() <= policy["spec"]["podSelector"]["matchLabels"].items()
    )


def test_it_waits_for_the_longest_answer():
    server = {"version": "v4.9.0", "longestAnswer": 700}
    _, found = objects(GATEWAY, server=server, router={})

    assert found["spec"]["rules"][0]["timeouts"]["request"] == "700s"


@pytest.mark.parametrize(
    ("exposure", "url"),
    [
        (INGRESS, "https://ai.example.com/v1"),
        ({**INGRESS, "path": "/ai"}, "https://ai.example.com/ai/v1"),
        ({**INGRESS, "tls": None, "plaintext": True}, "http://ai.example.com/v1"),
        (GATEWAY, "https://ai.example.com/v1"),
        (LOAD_BALANCER, None),
    ],
)
def test_clients_outside_call_the_host(exposure: dict[str, Any], url: str | None):
    assert address(ExposureSettings.model_validate(exposure)) == url


def test_a_stack_says_where_it_is_reached_from_outside():
    assert outside(stack(router={}, exposure=GATEWAY)[0]) == "https://ai.example.com/v1"
    assert outside(stack()[0]) is None
