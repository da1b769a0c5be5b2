from tests.components.addons.router.stacks import POOLS, router_args


def test_a_router_stands_before_every_pool_of_its_stack():
    assert [pool.name for pool in router_args().pools] == list(POOLS)
