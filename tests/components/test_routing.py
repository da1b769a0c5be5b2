from components.labels import ROLE
from components.network_policy import SERVER_ROLE
from components.routing import EXPOSURE_ROLE, ROUTER_PODS, ROUTER_ROLE


def test_no_role_is_taken_for_another():
    assert len({SERVER_ROLE, ROUTER_ROLE, EXPOSURE_ROLE}) == 3
    assert ROUTER_PODS[ROLE] == ROUTER_ROLE
