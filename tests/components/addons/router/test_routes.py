from components.addons.router.routes import pools_by_name, routes
from models.definition import Kind
from tests.components.addons.router.stacks import POOLS, router_args
from tests.samples import pool_fields


def test_every_model_and_every_alias_is_a_route_to_its_pool():
    found = {route.name: route for route in routes(router_args().pools)}

    assert set(found) == {"assistant", *POOLS["chat"]["models"], *POOLS["other"]["models"]}
    assert found["assistant"].address == "http://localai-chat.localai-test.svc:8080/v1"
    assert found["sd-1.5"].address == "http://localai-other.localai-test.svc:8080/v1"


def test_an_alias_is_for_what_its_model_is_for():
    kinds = {route.name: route.kind for route in routes(router_args().pools)}

    assert kinds["assistant"] is Kind.CHAT
    assert kinds["jina-reranker-v1-tiny-en"] is Kind.RERANK


def test_a_route_knows_the_context_of_its_model():
    contexts = {route.name: route.context for route in routes(router_args().pools)}

    assert contexts["assistant"] == contexts["qwen3-0.6b"] == 8192
    assert contexts["sd-1.5"] is None


def test_the_order_of_pools_does_not_matter():
    pools = router_args().pools

    assert routes(pools) == routes(reversed(pools))


def test_a_name_at_two_pools_is_two_routes_that_can_be_told_apart():
    args = router_args({"a": pool_fields(), "b": pool_fields()}, loadBalance=True)
    found = routes(args.pools)

    assert [route.identity for route in found] == ["a.qwen3-0.6b", "b.qwen3-0.6b"]
    assert pools_by_name(found) == {"qwen3-0.6b": ["a", "b"]}
