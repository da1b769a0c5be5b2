"""What the rest of a stack knows of its router and its exposure, whichever they are."""

from components.labels import ROLE
from settings.stack import StackSettings

ROUTER_ROLE = "router"
EXPOSURE_ROLE = "exposure"
# In the router's ConfigMap: the pools that answer each name, as JSON.
ROUTES_FILE = "routes.json"
# The pods of a router; those of one namespace belong to one stack, which has one router.
ROUTER_PODS = {ROLE: ROUTER_ROLE}

# Longer than anybody waits for a node to drain.
_LONGEST_ANSWER = 3600


def longest_answer(settings: StackSettings) -> int:
    """Return for how many seconds a client may wait for one answer; 0 if no router says so."""
    router = settings.router
    if router is None:
        return 0
    limits = [route.timeout for route in router.models.values() if route.timeout]
    return min(max(router.timeout, *limits, 0), _LONGEST_ANSWER)
