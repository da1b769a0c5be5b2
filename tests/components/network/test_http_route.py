from typing import Any

import pytest

from components.network.http_route import Backend, http_route
from components.parts.part import plain
from gitops.validation.custom_resources.findings import resource_findings
from settings.exposure import ExposureSettings

GATEWAY = {"name": "public", "namespace": "gateways"}
TO = Backend(service="localai-router", port=4000, timeout=600, body_bytes=1)


def route(gateway: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    values = {"kind": "gateway", "host": "ai.example.com", "gateway": gateway or GATEWAY, **fields}
    exposure = ExposureSettings.model_validate(values)
    assert exposure.gateway
    return plain(http_route({"name": "route", "namespace": "a"}, exposure, exposure.gateway, TO))


@pytest.mark.parametrize(
    "found",
    [route(), route(path="/ai/v2"), route(gateway={**GATEWAY, "section": "https"})],
)
def test_the_api_server_would_take_every_field(found: dict[str, Any]):
    assert list(resource_findings(found)) == []
    assert list(resource_findings({**found, "spec": {**found["spec"], "tls": {}}}))


def test_it_names_its_gateway_and_listener():
    (parent,) = route(gateway={**GATEWAY, "section": "https"})["spec"]["parentRefs"]

    assert (parent["name"], parent["namespace"]) == ("public", "gateways")
    assert parent["sectionName"] == "https"


def test_a_long_answer_is_waited_for():
    (rule,) = route()["spec"]["rules"]

    assert rule["timeouts"] == {"request": "600s"}


def test_a_path_is_taken_off_before_the_server_sees_it():
    (rule,) = route(path="/ai")["spec"]["rules"]

    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/ai"}}]
    assert rule["filters"][0]["urlRewrite"]["path"]["replacePrefixMatch"] == "/"
    assert "filters" not in route()["spec"]["rules"][0]
