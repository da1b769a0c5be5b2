import re
from typing import Any

import pytest
from lightkube.models.meta_v1 import ObjectMeta

from components.network.http_route import Backend
from components.network.ingress import CERTIFICATE, ingress
from components.parts.part import plain
from settings.exposure import ExposureSettings

TO = Backend(service="localai-router", port=4000, timeout=900, body_bytes=2**30)
NGINX = "nginx.ingress.kubernetes.io"
FIELDS = {
    "kind": "ingress",
    "host": "ai.example.com",
    "ingressClass": "nginx",
    "from": ["ingress-nginx"],
    "tls": {"secret": "ai-tls"},
}


def made(**fields: Any) -> dict[str, Any]:
    exposure = ExposureSettings.model_validate({**FIELDS, **fields})
    return plain(ingress(ObjectMeta(name="a"), exposure, TO))


def annotations(**fields: Any) -> dict[str, str]:
    return made(**fields)["metadata"].get("annotations", {})


def test_requests_for_the_host_go_to_the_service():
    spec = made()["spec"]
    (rule,) = spec["rules"]
    (path,) = rule["http"]["paths"]

    assert (spec["ingressClassName"], rule["host"]) == ("nginx", "ai.example.com")
    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    assert path["backend"]["service"] == {"name": "localai-router", "port": {"number": 4000}}


def test_nginx_waits_for_long_answers_takes_uploads_and_passes_streams_on():
    found = annotations()

    assert found[f"{NGINX}/proxy-read-timeout"] == "900"
    assert found[f"{NGINX}/proxy-send-timeout"] == "900"
    assert found[f"{NGINX}/proxy-body-size"] == "1024m"
    assert found[f"{NGINX}/proxy-buffering"] == "off"


def test_another_controller_gets_what_the_stack_says_and_nothing_of_nginx():
    found = annotations(ingressClass="traefik", annotations={"traefik.io/a": "b"})

    assert found == {"traefik.io/a": "b"}


def test_what_a_stack_says_wins():
    name = f"{NGINX}/proxy-buffering"

    assert annotations(annotations={name: "on"})[name] == "on"


@pytest.mark.parametrize("name", ["proxy-body-size", "proxy-read-timeout", "proxy-send-timeout"])
def test_a_limit_that_follows_the_server_is_not_said_twice(name: str):
    with pytest.raises(ValueError, match=rf"{name} to '7', but every wait"):
        annotations(annotations={f"{NGINX}/{name}": "7"})


def test_a_certificate_is_read_from_a_secret():
    assert made()["spec"]["tls"] == [{"hosts": ["ai.example.com"], "secretName": "ai-tls"}]


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [("ClusterIssuer", "cert-manager.io/cluster-issuer"), ("Issuer", "cert-manager.io/issuer")],
)
def test_a_certificate_is_asked_for_at_an_issuer(kind: str, annotation: str):
    tls = {"issuer": "letsencrypt", "kind": kind}

    assert annotations(tls=tls)[annotation] == "letsencrypt"
    assert made(tls=tls)["spec"]["tls"][0]["secretName"].endswith(CERTIFICATE)


def test_without_a_certificate_there_is_no_tls():
    assert "tls" not in made(tls=None, plaintext=True)["spec"]


@pytest.mark.parametrize(
    ("asked", "passed"),
    [("/ai/v1/models", "v1/models"), ("/ai", ""), ("/ai/", ""), ("/aix/v1", None)],
)
def test_nginx_takes_a_path_off(asked: str, passed: str | None):
    (path,) = made(path="/ai")["spec"]["rules"][0]["http"]["paths"]
    found = re.match(f"^{path['path']}", asked)

    assert path["pathType"] == "ImplementationSpecific"
    assert (found[2] if found else None) == passed
    assert annotations(path="/ai")[f"{NGINX}/rewrite-target"] == "/$2"
