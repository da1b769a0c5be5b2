"""Who may talk to whom in a distributed pool."""

from typing import Any

from components.distributed_network import front_end_policy, worker_policy
from components.labels import POOL as POOL_LABEL
from components.labels import ROLE
from components.part import plain
from tests.components.distributed_pool import (
    distributed_fields,
    distributed_pool,
    distributed_settings,
)

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


def test_workers_may_register_even_where_only_a_router_may_call():
    (rule,) = FRONT_ENDS["ingress"]

    assert (roles(rule["from"]), ports(rule)) == (["worker"], [(8080, 8080)])


def test_what_runs_outside_of_the_cluster_is_named_by_its_networks():
    database = {"url": {"secret": "llm", "key": "url"}, "networks": ["10.9.0.0/16"], "port": 6432}
    found = distributed_pool(distributed_fields(database=database))
    policy = plain(front_end_policy(found, distributed_settings(found)))["spec"]
    rule = policy["egress"][2]

    assert rule["to"] == [{"ipBlock": {"cidr": "10.9.0.0/16"}}]
    assert ports(rule) == [(6432, 6432)]
