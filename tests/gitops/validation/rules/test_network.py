from typing import Any

import pytest

from tests.gitops.validation.rules.objects import NAMESPACE, findings, found, job, pod, policy
from tests.gitops.validation.rules.objects import workload as server

SERVERS = {"matchLabels": {"app.kubernetes.io/component": "server"}}
OTHERS = {"matchExpressions": [{"key": "localai.gitops/pool", "operator": "DoesNotExist"}]}
NAMES: dict[str, Any] = {"to": [{"podSelector": {}}], "ports": [{"port": 53}]}
CLIENT = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "app"}}}


def outward(cidr: str, *spared: str) -> dict[str, Any]:
    block = {"cidr": cidr, **({"except": list(spared)} if spared else {})}
    return policy(egress=[{"to": [{"ipBlock": block}], "ports": [{"port": 443}]}])


def elsewhere() -> dict[str, Any]:
    other = policy()
    other["metadata"]["namespace"] = "elsewhere"
    return other


UNGUARDED = {
    "no policy": [],
    "a policy of another namespace": [elsewhere()],
    "a policy of other pods": [policy(podSelector=OTHERS)],
    "a policy for what comes in": [policy(policyTypes=["Ingress"])],
    "a policy that says nothing of what goes out": [policy(policyTypes=None)],
}
GUARDED = {
    "a policy of all pods": [policy()],
    "a policy of its labels": [policy(podSelector=SERVERS)],
    "one policy for each direction": [
        policy("in", policyTypes=["Ingress"]),
        policy("out", policyTypes=["Egress"]),
    ],
    "a policy whose types follow": [policy(policyTypes=None, egress=[NAMES])],
}
OPEN = {
    "everybody comes in": ("network-policy-not-open", policy(ingress=[{}])),
    "every network comes in": (
        "network-policy-not-open",
        policy(ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]),
    ),
    "every namespace comes in": (
        "network-policy-not-open",
        policy(ingress=[{"from": [{"namespaceSelector": {}}]}]),
    ),
    "out to everywhere": ("network-policy-not-open", policy(egress=[{}])),
    "out to everywhere at a port": (
        "network-policy-not-open",
        policy(egress=[{"ports": [{"port": 53}]}]),
    ),
    "out to the metadata service": ("metadata-address-closed", outward("0.0.0.0/0", "10.0.0.0/8")),
    "out to the metadata service of Azure": (
        "metadata-address-closed",
        outward("0.0.0.0/0", "169.254.0.0/16", "100.64.0.0/10", "192.0.0.0/24"),
    ),
    "out to just the metadata service": (
        "metadata-address-closed",
        outward("169.254.169.254/32"),
    ),
}
CLOSED = {
    "a client comes in": policy(ingress=[{"from": [CLIENT]}]),
    "pods of the namespace come in": policy(ingress=[{"from": [{"podSelector": {}}]}]),
    "out for names": policy(egress=[NAMES]),
    "out for names of a cloud": policy(
        egress=[{"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}], "ports": [{"port": 53}]}]
    ),
    "out to the internet": outward(
        "0.0.0.0/0", "169.254.0.0/16", "168.63.129.16/32", "100.64.0.0/10", "192.0.0.0/24"
    ),
    "out to the name server of a node": outward("169.254.20.10/32"),
    "out to the internet of IPv6": outward("::/0", "fc00::/7"),
    "out to a mirror": outward("10.1.0.0/16"),
    "out to what is no network": outward("nowhere"),
}


@pytest.mark.parametrize("policies", UNGUARDED.values(), ids=UNGUARDED)
@pytest.mark.parametrize("pods", [server(), job(pod())], ids=["server", "job"])
def test_a_pod_without_a_policy_is_found(pods: dict[str, Any], policies: list[dict[str, Any]]):
    assert [one.rule for one in findings(pods, *policies)] == ["network-policy-per-pod"]


@pytest.mark.parametrize("policies", GUARDED.values(), ids=GUARDED)
def test_a_pod_with_a_policy_is_admitted(policies: list[dict[str, Any]]):
    assert findings(server(), *policies) == []


@pytest.mark.parametrize(("rule", "manifest"), OPEN.values(), ids=OPEN)
def test_a_policy_that_is_open_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", CLOSED.values(), ids=CLOSED)
def test_a_policy_that_names_its_peers_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []


def test_the_missing_direction_is_named():
    (one,) = findings(server(), policy(policyTypes=["Ingress"]))

    assert str(one).startswith("test: Deployment localai-chat: no network policy selects its pods ")
    assert "for egress" in str(one)
    assert NAMESPACE not in str(one)
