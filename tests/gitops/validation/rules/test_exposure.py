from typing import Any

import pytest

from tests.gitops.validation.rules.objects import LABELS, found, plain, workload


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
