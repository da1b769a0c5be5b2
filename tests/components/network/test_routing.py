from components.network.policies import SERVER_ROLE
from components.network.routing import EXPOSURE_ROLE, ROUTER_PODS, ROUTER_ROLE
from components.parts.roles import ROLE


def test_no_role_is_taken_for_another():
    assert len({SERVER_ROLE, ROUTER_ROLE, EXPOSURE_ROLE}) == 3
    assert ROUTER_PODS[ROLE] == ROUTER_ROLE
