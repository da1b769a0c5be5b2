"""What the rest of a stack knows of its router and its exposure, whichever they are."""

from components.parts.roles import ROLE

# The logical name of its component.
ROUTER = "router"
ROUTER_ROLE = "router"
EXPOSURE_ROLE = "exposure"
# In the router's ConfigMap: the pools that answer each name, as JSON.
ROUTES_FILE = "routes.json"
# The pods of a router; those of one namespace belong to one stack, which has one router.
ROUTER_PODS = {ROLE: ROUTER_ROLE}
