"""Further addresses: Services that clients know, moved to a pool once it serves."""

from components.engine.declaration import parts_of
from components.parts.part import plain
from components.server.local_ai import Addresses, component_name, further_service
from components.server.server_pod import selector
from stack import declarations
from tests.samples import pool, pool_fields, stack

OLD = {"local-ai": {"port": 80, "clusterIP": "10.1.2.3"}}


def test_a_further_address_keeps_its_port_and_its_cluster_address():
    found = pool(addresses=OLD)

    assert plain(further_service(found, "local-ai"))["spec"] == {
        "type": "ClusterIP",
        "clusterIP": "10.1.2.3",
        "selector": selector(found),
        "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
    }


def test_a_new_address_gets_its_cluster_address_by_itself():
    spec = plain(further_service(pool(addresses={"models": {}}), "models"))["spec"]

    assert "clusterIP" not in spec


def test_each_address_is_a_part_of_its_own():
    found = pool(addresses={**OLD, "models": {}})

    names = [part.name for part in Addresses.parts("pool-chat-addresses", found)]

    assert names == ["pool-chat-addresses-local-ai", "pool-chat-addresses-models"]


def test_an_address_moves_once_the_servers_answer():
    found = stack({"chat": pool_fields(addresses=OLD)})

    (declared,) = (one for one in declarations(*found) if one.name == component_name("chat"))

    assert declared.depends_on == ("pool-chat",)


def test_a_pool_without_further_addresses_is_as_before():
    names = {part.name for part in parts_of(declarations(*stack()))}

    assert component_name("chat") not in names
