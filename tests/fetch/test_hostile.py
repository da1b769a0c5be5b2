"""No hostile address is contacted by the download, told to its face or by a redirect."""

import socket
from collections.abc import Generator
from contextlib import suppress
from ipaddress import ip_network
from typing import Any

import pytest

from fetch.source import Route, ask
from fetch.weight_set import WeightsError, acceptable
from tests import hostile
from tests.fetch.conftest import SecureServer
from tests.fetch.volume import Volume, gguf
from tests.fetch.weight_server import Answer, WeightServer
from tests.gitops.canary import Canary, canary

GOOD = "127.0.0.1"
NETWORKS = (ip_network(f"{GOOD}/32"),)


@pytest.fixture
def bird(monkeypatch: pytest.MonkeyPatch) -> Generator[Canary]:
    """Every address but that of the good server, as if it were there, leads to the canary."""
    real = socket.create_connection

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (one, port)) for one in hostile.lookup(host)]

    with canary() as running:

        def connect(place: tuple[str, int], *rest: Any, **known: Any) -> socket.socket:
            return real(place if place[0] == GOOD else running.address, *rest, **known)

        with monkeypatch.context() as patched:
            patched.setattr(socket, "getaddrinfo", resolve)
            patched.setattr(socket, "create_connection", connect)
            yield running
        assert running.contacts == []


def fetched(url: str, route: Route) -> int:
    """Return the status of an address that is asked as the Job asks it."""
    if not acceptable(url, allow_http=route.allow_http, networks=route.networks):
        raise WeightsError("not acceptable")
    with ask(url, 0, timeout=2, route=route) as response:
        return response.status


@pytest.mark.parametrize("allow_http", [False, True])
def test_no_hostile_address_is_contacted(bird: Canary, allow_http: bool):
    urls = [url for url in hostile.urls() if not (allow_http and url == "http://hub.test/a.gguf")]
    for url in urls:
        with pytest.raises(WeightsError):
            fetched(url, Route(allow_http=allow_http))
    assert len(urls) >= 200
    assert bird.contacts == []


def test_no_redirect_to_a_hostile_address_is_followed(bird: Canary, server: WeightServer):
    targets = [url for url in hostile.urls() if url.isprintable() and "127.0.0.1/" not in url]
    for index, target in enumerate(targets):
        location = target.encode().decode("latin-1")
        path = f"/{index}.gguf"
        server.answers[path].append(Answer(status=302, headers={"Location": location}))
        with suppress(WeightsError):
            # What has no scheme leads back to the good server, which has no such file.
            assert fetched(server.url(path), Route(allow_http=False, networks=NETWORKS)) == 404
    assert len(targets) >= 200
    assert bird.contacts == []


def test_a_name_that_means_another_address_a_moment_later_is_asked_once(
    volume: Volume, secure: SecureServer, monkeypatch: pytest.MonkeyPatch
):
    meanings = iter([[GOOD], ["169.254.169.254"]])
    real = socket.getaddrinfo
    asked: list[str] = []

    def resolve(host: str, port: int, *rest: Any, **known: Any) -> Any:
        if host != "localhost":
            return real(host, port, *rest, **known)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(meanings)]

    volume.entry("a.gguf", gguf(100))
    secure.server.files = volume.server.files
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.authority))
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = secure.server.url("/a.gguf", host="localhost")
    assert fetched(url, Route(networks=NETWORKS)) == 200
    assert asked == ["localhost"]
    with pytest.raises(WeightsError, match="credentials are handed out"):
        fetched(url, Route(networks=NETWORKS))


def test_a_proxy_is_not_told_of_a_hostile_address():
    for host in hostile.HOSTS:
        assert not acceptable(f"https://{host}/a.gguf", allow_http=False)
