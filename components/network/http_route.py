"""An HTTPRoute of the Gateway API: requests for a name, from a Gateway outside of the stack."""

from dataclasses import dataclass
from typing import Any

from components.parts.builders import CustomResource
from settings.exposure import ExposureSettings, GatewaySettings


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Where requests go: a Service of the stack, the seconds an answer may take, a request's bytes.

    The Gateway API has no limit for a request; each gateway has its own.
    """

    service: str
    port: int
    timeout: int
    body_bytes: int


def http_route(
    metadata: dict[str, Any], exposure: ExposureSettings, gateway: GatewaySettings, to: Backend
) -> CustomResource:
    """Return the route; what the API server fills in is written out, so that nothing differs."""
    return CustomResource(
        api_version="gateway.networking.k8s.io/v1",
        kind="HTTPRoute",
        metadata=metadata,
        spec={
            "parentRefs": [_parent(gateway)],
            "hostnames": [exposure.host],
            "rules": [_rule(exposure.path, to)],
        },
    )


def _parent(gateway: GatewaySettings) -> dict[str, str]:
    section = {"sectionName": gateway.section} if gateway.section else {}
    return {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": gateway.name,
        "namespace": gateway.namespace,
        **section,
    }


def _rule(path: str, to: Backend) -> dict[str, Any]:
    off = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
    rewrite = {"type": "URLRewrite", "urlRewrite": {"path": off}}
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": path}}],
        **({"filters": [rewrite]} if path != "/" else {}),
        # Without it, most gateways give up on an answer after 15 to 60 seconds.
        "timeouts": {"request": f"{to.timeout}s"},
        "backendRefs": [
            {"group": "", "kind": "Service", "name": to.service, "port": to.port, "weight": 1}
        ],
    }
