from typing import Any

from components.addons.router.router import Router, address, budget, deployment, service
from components.parts.part import plain
from stack import addresses, stack_parts
from tests.components.addons.router.stacks import POOLS, router_args
from tests.samples import manifests, stack


def spec(thing: Any) -> dict[str, Any]:
    return plain(thing)["spec"]


def test_deployment_service_and_budget_find_the_same_pods():
    args = router_args()
    labels = spec(deployment(args))["template"]["metadata"]["labels"]
    selectors = [
        spec(deployment(args))["selector"]["matchLabels"],
        spec(service(args.context))["selector"],
        spec(budget(args.context))["selector"]["matchLabels"],
    ]

    assert selectors[0] == selectors[1] == selectors[2]
    assert selectors[0].items() <= labels.items()


def test_a_new_pod_serves_before_an_old_one_goes():
    rolling = spec(deployment(router_args(replicas=1)))["strategy"]["rollingUpdate"]

    assert rolling == {"maxSurge": 1, "maxUnavailable": 0}


def test_it_has_one_address_inside_the_cluster():
    args = router_args()

    assert address(args.context) == "http://localai-router.localai-test.svc:4000/v1"
    assert spec(service(args.context))["type"] == "ClusterIP"


def test_its_parts_are_named_and_the_token_is_written_out():
    names = [part.name for part in Router.parts("router", router_args())]

    assert names[:2] == ["router-account", "router-network"]
    assert names[2].startswith("router-config-")
    assert names[3:] == ["router-deployment", "router-service", "router-disruption-budget"]
    assert Router.token == "localai:components:Router"


def test_a_stack_without_a_router_has_none_of_it():
    assert not [one for one in stack_parts(*stack(POOLS)) if "router" in one.name]


def test_it_comes_after_the_servers_and_keys_it_needs():
    found = {part.name: part for part in stack_parts(*stack(POOLS, router={}))}

    waits = set(found["router-deployment"].depends_on)
    own = {one for one in waits if found[one].parent}
    assert waits - own == {"pool-chat", "pool-other", "api-key", "router-key"}


def test_a_stack_names_the_address_beside_those_of_its_pools():
    assert list(addresses(*stack(POOLS, router={}))) == ["chat", "other", "router"]


def test_no_two_of_its_objects_are_one():
    found = manifests(stack_parts(*stack(POOLS, router={})))
    identities = [(one["kind"], one["metadata"]["name"]) for one in found]

    assert len(identities) == len(set(identities))
