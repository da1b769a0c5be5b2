from dataclasses import replace
from typing import Any

from components.addons.router.router import network_policy
from components.network.policies import servers
from components.network.routing import ROUTER_PODS
from components.parts.part import plain
from tests.components.addons.router.stacks import router_args
from tests.samples import KEY, context


def spec(**router: Any) -> dict[str, Any]:
    return plain(network_policy(router_args(**router)))["spec"]


def ports(rules: list[dict[str, Any]]) -> set[int]:
    return {port["port"] for rule in rules for port in rule["ports"]}


def test_the_router_is_called_by_whom_servers_would_be_called_by_without_it():
    without = plain(servers(context(network={"clients": ["chat-app"]})))["spec"]["ingress"]
    args = router_args()
    fields = {
        "network": args.context.settings.network.model_copy(update={"clients": ("chat-app",)})
    }
    settings = args.context.settings.model_copy(update=fields)
    there = replace(args.context, settings=settings)
    found = network_policy(type(args)(context=there, settings=args.settings, pools=args.pools))

    assert plain(found)["spec"]["ingress"][0]["from"] == without[0]["from"]


def test_it_calls_servers_and_name_servers_and_nobody_else():
    names, there = spec()["egress"]

    assert ports([names]) == {53}
    assert ports([there]) == {8080}
    assert there["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "server"


def test_it_reaches_a_database_only_if_it_has_one():
    assert 5432 not in ports(spec()["egress"])
    place = {"url": KEY, "namespace": "databases", "networks": ["10.7.0.0/28"]}
    found = spec(virtualKeys=True, database=place)["egress"][2]

    assert ports([found]) == {5432}
    assert found["to"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "databases"}}},
        {"ipBlock": {"cidr": "10.7.0.0/28"}},
    ]


def test_servers_are_called_by_their_router_alone():
    (rule,) = plain(servers(router_args().context))["spec"]["ingress"]
    router, verify = (peer["podSelector"]["matchLabels"] for peer in rule["from"])

    assert ROUTER_PODS.items() <= router.items()
    assert verify["app.kubernetes.io/component"] == "verify"


def test_clients_may_call_servers_directly_while_they_move():
    direct = plain(servers(router_args(direct=True).context))["spec"]["ingress"]

    assert direct == plain(servers(context()))["spec"]["ingress"]
