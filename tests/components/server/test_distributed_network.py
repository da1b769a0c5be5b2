"""Who may talk to whom in a distributed pool."""

from typing import Any

import pytest

from components.parts.labels import POOL as POOL_LABEL
from components.parts.part import plain
from components.parts.roles import ROLE
from components.server.distributed import front_end_policy, worker_policy
from components.server.local_ai import deployment
from stack import stack_parts
from tests.components.distributed_pool import (
    distributed_fields,
    distributed_pool,
    distributed_settings,
)
from tests.samples import of_kind, pool_fields, stack

POOL = distributed_pool()
FRONT_ENDS = plain(front_end_policy(POOL, distributed_settings(POOL)))["spec"]
WORKERS = plain(worker_policy(POOL, distributed_settings(POOL)))["spec"]


def roles(peers: list[dict[str, Any]]) -> list[str]:
    labels = [peer["podSelector"]["matchLabels"] for peer in peers]
    assert all(one[POOL_LABEL] == "chat" for one in labels)
    return [one[ROLE] for one in labels]


def ports(rule: dict[str, Any]) -> list[tuple[int, int]]:
    return [(port["port"], port.get("endPort", port["port"])) for port in rule["ports"]]


def test_only_front_ends_of_the_pool_reach_its_workers():
    (rule,) = WORKERS["ingress"]

    assert roles(rule["from"]) == ["server"]
    assert ports(rule) == [(50050, 50050), (50051, 65535)]


def test_workers_call_front_ends_and_nats_and_no_database():
    names, front_ends, nats = WORKERS["egress"]

    assert ports(names) == [(53, 53), (53, 53)]
    assert (roles(front_ends["to"]), ports(front_ends)) == (["server"], [(8080, 8080)])
    assert ports(nats) == [(4222, 4222)]
    assert "databases" not in repr(WORKERS)


def test_front_ends_call_workers_the_database_and_nats():
    names, workers, database, nats = FRONT_ENDS["egress"]

    assert ports(names) == [(53, 53), (53, 53)]
    assert roles(workers["to"]) == ["worker"]
    assert "databases" in repr(database)
    assert ports(database) == [(5432, 5432)]
    assert "messaging" in repr(nats)


def test_only_the_router_and_workers_call_front_ends():
    (rule,) = FRONT_ENDS["ingress"]
    router, verify, *rest = rule["from"]

    assert router["podSelector"]["matchLabels"][ROLE] == "router"
    assert verify["podSelector"]["matchLabels"][ROLE] == "verify"
    assert (roles(rest), ports(rule)) == (["worker"], [(8080, 8080)])


NETWORK = {"clients": ["chat-app"]}
GATEWAY = {"kind": "gateway", "host": "ai.example.com", "gateway": {"name": "g", "namespace": "gw"}}


@pytest.mark.parametrize("router", [{}, {"direct": True}], ids=["closed", "direct"])
def test_no_client_is_let_in_to_a_front_end_not_even_directly(router: dict[str, Any]):
    fields = {"router": router, "network": NETWORK, "exposure": GATEWAY, "monitoring": {}}
    chat = pool_fields(replicas=2, gpu="nvidia-l4", distributed=distributed_fields())
    context, pools = stack({"chat": chat, "plain": pool_fields(models=["qwen3-1.7b"])}, **fields)
    labels = plain(deployment(pools[0]))["spec"]["template"]["metadata"]["labels"]
    let_in = [
        rule
        for policy in of_kind("NetworkPolicy", *stack_parts(context, pools))
        if selects(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get("ingress", ())
    ]
    peers = [peer for rule in let_in for peer in rule["from"]]
    pods = {one["podSelector"]["matchLabels"].get(ROLE) for one in peers if own(one)}
    namespaces = {place(one) for one in peers if not own(one)}

    assert pods == {"router", "worker", "model-check", "verify"}
    assert namespaces == {"monitoring"}


def own(peer: dict[str, Any]) -> bool:
    return "namespaceSelector" not in peer


def place(peer: dict[str, Any]) -> str:
    return peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Return whether a selector matches labels, as Kubernetes reads it."""
    assert selector.get("matchLabels") or selector.get("matchExpressions")
    return selector.get("matchLabels", {}).items() <= labels.items() and not any(
        one["operator"] == "NotIn" and labels.get(one["key"]) in one["values"]
        for one in selector.get("matchExpressions", ())
    )


def test_what_runs_outside_of_the_cluster_is_named_by_its_networks():
    database = {"url": {"secret": "llm", "key": "url"}, "networks": ["10.9.0.0/16"], "port": 6432}
    found = distributed_pool(distributed_fields(database=database))
    policy = plain(front_end_policy(found, distributed_settings(found)))["spec"]
    rule = policy["egress"][2]

    assert rule["to"] == [{"ipBlock": {"cidr": "10.9.0.0/16"}}]
    assert ports(rule) == [(6432, 6432)]
