from collections.abc import Mapping
from typing import Any

import pytest

from stack import stack_parts
from tests.gitops.validation.rules.objects import (
    LABELS,
    findings,
    found,
    plain,
    server,
    workload,
)
from tests.samples import manifests, stack


def service(**spec: Any) -> dict[str, Any]:
    return plain("Service", spec={"selector": LABELS, **spec})


BROKEN = {
    "a port of every node": ("service-not-public", service(type="NodePort")),
    "a load balancer": ("service-not-public", service(type="LoadBalancer")),
    "a load balancer for all networks": (
        "service-not-public",
        service(type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8", "0.0.0.0/0"]),
    ),
    "an address from outside": ("service-not-public", service(externalIPs=["192.0.2.1"])),
    "no pod": ("service-selects-pods", service(selector={"localai.gitops/pool": "chat2"})),
}
WHOLE = {
    "an address inside": service(type="ClusterIP"),
    "an address by default": service(),
    "a load balancer for one network": service(
        type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8"]
    ),
    "an address without a selector": service(selector={}),
    "another kind": plain("Gateway", spec={"type": "LoadBalancer"}),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_an_address_that_is_wrong_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest, workload()) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_an_address_inside_the_cluster_is_admitted(manifest: dict[str, Any]):
    assert found(manifest, workload()) == []


UNROUTED = "exposed-behind-a-router"
LOCAL_AI = server(env=[{"name": "LOCALAI_MODELS_PATH", "value": "/models"}])
INSIDE = service()
BACKEND = {"service": {"name": "it", "port": {"number": 8080}}}
ENTRANCES = {
    "a load balancer for one network": service(
        type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8"]
    ),
    "a port of every node": service(type="NodePort"),
    "an address from outside": service(externalIPs=["192.0.2.1"]),
    "an Ingress": plain(
        "Ingress", spec={"rules": [{"host": "h", "http": {"paths": [{"backend": BACKEND}]}}]}
    ),
    "an Ingress for what is left": plain("Ingress", spec={"defaultBackend": BACKEND}),
    "a route": plain("HTTPRoute", spec={"rules": [{"backendRefs": [{"name": "it"}]}]}),
}


def unrouted(*objects: Mapping[str, Any]) -> list[str]:
    found = findings(*(dict(one) for one in objects))
    return [str(one) for one in found if one.rule == UNROUTED]


@pytest.mark.parametrize("entrance", ENTRANCES.values(), ids=ENTRANCES)
def test_a_server_that_is_reached_from_outside_is_found(entrance: dict[str, Any]):
    (line,) = unrouted(entrance, INSIDE, LOCAL_AI)

    assert f"{entrance['kind']} it: passes requests to Deployment localai-chat itself" in line
    assert "localai:router" in line


@pytest.mark.parametrize("entrance", ENTRANCES.values(), ids=ENTRANCES)
def test_what_is_no_local_ai_may_be_reached_from_outside(entrance: dict[str, Any]):
    assert unrouted(entrance, INSIDE, workload()) == []


def test_a_server_that_is_reached_from_inside_is_admitted():
    assert unrouted(INSIDE, LOCAL_AI) == []


@pytest.mark.parametrize("entrance", ["Ingress", "HTTPRoute"])
def test_an_entrance_to_another_namespace_is_not_ours(entrance: str):
    elsewhere = {**ENTRANCES["an Ingress"], **ENTRANCES["a route"]} | {"kind": entrance}
    elsewhere["metadata"] = {"name": "it", "namespace": "elsewhere"}

    assert unrouted(elsewhere, INSIDE, LOCAL_AI) == []


EXPOSED = {"kind": "gateway", "host": "ai.example.com", "gateway": {"name": "g", "namespace": "n"}}


def of_stack(**fields: Any) -> list[str]:
    return unrouted(*manifests(stack_parts(*stack(**fields))))


def test_a_stack_exposes_its_router_and_no_pool():
    assert len(of_stack(exposure={**EXPOSED, "pool": "chat"})) == 1
    assert of_stack(router={}, exposure=EXPOSED) == []


def test_a_direct_way_to_pools_stays_inside_the_cluster():
    assert of_stack(router={"direct": True}, exposure=EXPOSED) == []
