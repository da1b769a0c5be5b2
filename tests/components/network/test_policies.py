"""Clients call servers, Jobs call sources, and nobody else calls anybody."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.policies import NetworkPolicies, downloads, servers, source_ports, verifying
from components.parts.part import Manifest, plain
from fetch.destination import why_not
from tests.samples import committed_manifests, context, pods

METADATA = [
    "169.254.169.254", "fd00:ec2::254", "fe80::a9fe:a9fe", "168.63.129.16", "100.100.100.200",
    "192.0.0.192", "64:ff9b::a9fe:a9fe", "64:ff9b::a83f:8110", "fd20:ce::254",
]  # fmt: skip
CLUSTER = ["10.0.0.1", "172.20.0.10", "192.168.1.1", "100.64.0.1", "fd00::1"]
# The last one is IPv4 behind a translator (RFC 6052).
PUBLIC = ["3.4.5.6", "185.1.2.3", "168.63.129.17", "2600:9000::1", "64:ff9b::304:506"]


def called(policy: Manifest, address: str, port: int) -> bool:
    """Return whether a policy lets its pods call a TCP port of an address."""
    return any(
        {"port": port, "protocol": "TCP"} in rule["ports"] and _reaches(rule, address)
        for rule in policy["spec"]["egress"]
    )


def _reaches(rule: dict[str, Any], address: str) -> bool:
    peers = rule.get("to", [])
    blocks: list[dict[str, Any]] = [one["ipBlock"] for one in peers if "ipBlock" in one]
    within = [block for block in blocks if ip_address(address) in ip_network(block["cidr"])]
    excluded = [
        block
        for block in within
        if any(ip_address(address) in ip_network(one) for one in block.get("except", []))
    ]
    return "to" not in rule or len(within) > len(excluded)


def fetching(*sources: str) -> dict[str, Any]:
    """Return the policy of the Jobs of a stack that fetches from these networks."""
    return plain(downloads(context(network={"sources": sources})))


def proxied(**fields: Any) -> dict[str, Any]:
    """Return the policy of the Jobs of a stack with a proxy."""
    proxy = {"url": "http://proxy.corp:3128", "networks": ["10.1.2.3/32"]}
    return plain(downloads(context(proxy=proxy, **fields)))


def callers(*clients: str) -> Iterator[dict[str, Any]]:
    """Yield who may call the servers of a stack with these clients."""
    (rule,) = plain(servers(context(network={"clients": clients})))["spec"]["ingress"]
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]
    yield from rule["from"]


def test_servers_are_called_by_their_own_namespace_and_by_declared_clients():
    assert list(callers("chat-app")) == [
        {"podSelector": {}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "chat-app"}}},
    ]


def test_without_clients_only_the_own_namespace_calls():
    assert list(callers()) == [{"podSelector": {}}]


def test_servers_call_nobody():
    spec = plain(servers(context()))["spec"]

    assert spec["egress"] == []
    assert spec["policyTypes"] == ["Ingress", "Egress"]


def test_nobody_calls_a_job():
    spec = plain(downloads(context()))["spec"]

    assert spec["ingress"] == []
    assert spec["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_job_fetches_from_public_addresses_by_https_only(address: str):
    assert called(fetching(), address, 443)
    assert not called(fetching(), address, 80)


@pytest.mark.parametrize("address", CLUSTER + METADATA)
def test_a_job_does_not_reach_into_the_cluster_or_the_cloud(address: str):
    assert not called(fetching(), address, 443)
    assert not called(fetching(), address, 80)


def names(**dns: Any) -> dict[str, Any]:
    """Return the rule by which Jobs ask for names."""
    return plain(downloads(context(network={"dns": dns})))["spec"]["egress"][0]


def test_a_job_asks_the_name_servers_of_the_cluster_and_no_others():
    assert names() == {
        "to": [
            {
                "namespaceSelector": {
                    "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                },
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
    }
    assert not called(fetching(), "10.0.0.10", 53)
    assert not called(fetching(), "3.4.5.6", 53)


def test_name_servers_may_be_other_pods_and_addresses_of_nodes():
    labels = {"dns.operator.openshift.io/daemonset-dns": "default"}
    there = names(namespace="openshift-dns", pods=labels, port=5353)
    local = names(addresses=["169.254.20.10", "fd00::a"])

    assert there["to"][0]["podSelector"] == {"matchLabels": labels}
    assert {port["port"] for port in there["ports"]} == {5353}
    assert [one["ipBlock"] for one in local["to"][1:]] == [
        {"cidr": "169.254.20.10/32"},
        {"cidr": "fd00::a/128"},
    ]


def test_no_pod_of_a_stack_may_call_every_address_at_any_port():
    for one in committed_manifests():
        if one["kind"] == "NetworkPolicy":
            assert all(rule.get("to") for rule in one["spec"].get("egress", ()))


def test_declared_sources_replace_the_public_ones():
    policy = fetching("10.1.0.0/16")

    assert called(policy, "10.1.2.3", 443)
    assert not called(policy, "3.4.5.6", 443)


@given(st.ip_addresses())
def test_without_sources_the_policy_is_open_where_the_script_of_the_jobs_fetches(
    address: IPv4Address | IPv6Address,
):
    # A socket that is given a mapped address sends plain IPv4.
    sent = getattr(address, "ipv4_mapped", None) or address

    assert called(fetching(), str(sent), 443) is not bool(why_not(address))


def test_every_pod_of_every_stack_is_under_exactly_one_policy():
    manifests = list(committed_manifests())
    policies = [plain(one(context())) for one in (servers, downloads, verifying)]
    for pod in pods(manifests):
        labels = {**pod["metadata"]["labels"], "app.kubernetes.io/part-of": "localai-test"}
        assert sum(_selects(policy["spec"]["podSelector"], labels) for policy in policies) == 1


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted: list[dict[str, Any]] = selector.get("matchExpressions", [])
    return selector["matchLabels"].items() <= labels.items() and all(
        labels[one["key"]] in one["values"] for one in wanted
    )


def test_a_stack_has_both_policies():
    found = NetworkPolicies.parts("network", context())

    assert [part.name for part in found] == ["network-servers", "network-downloads"]


def test_behind_a_proxy_a_job_reaches_nothing_else():
    policy = proxied()

    assert called(policy, "10.1.2.3", 3128)
    assert not any(called(policy, address, 443) for address in [*PUBLIC, *CLUSTER, "10.1.2.3"])
    assert not called(policy, "10.0.0.10", 53)


def test_sources_beside_a_proxy_are_reached_directly():
    policy = proxied(network={"sources": ["10.9.0.0/16"]})

    assert called(policy, "10.9.1.1", 443)
    assert called(policy, "10.1.2.3", 3128)
    assert not called(policy, "3.4.5.6", 443)


def test_the_ports_that_mirrors_name_are_open_to_sources():
    fields = {
        "hub": {"endpoint": "https://hf.corp:8443"},
        "registry": {"mirrors": {"quay.io": "registry.corp:5000/quay"}},
        "network": {"sources": ["10.9.0.0/16"]},
    }
    policy = plain(downloads(context(**fields)))

    assert source_ports(context(**fields)) == [443, 5000, 8443]
    assert all(called(policy, "10.9.1.1", port) for port in (443, 5000, 8443))
    assert source_ports(context()) == [443]
