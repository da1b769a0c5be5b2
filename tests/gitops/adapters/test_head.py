import ssl
from collections.abc import Generator
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import httpcore2
import pytest

from gitops.adapters.head import Answer, Reach, Reason, Silence, heads
from gitops.adapters.pinned import dialed
from gitops.sources.rules import SourceRules
from tests import hostile
from tests.gitops.canary import Canary, canary
from tests.gitops.hub import Hub, certificate, hub

HOST = "127.0.0.2"
DIGEST = "a" * 64
RULES = SourceRules(networks=(ip_network(f"{HOST}/32"),))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def server(keys: tuple[Path, Path]) -> Generator[Hub]:
    with hub(*keys, host=HOST) as running:
        yield running


@pytest.fixture
def bird() -> Generator[Canary]:
    with canary() as running:
        yield running


@pytest.fixture
def tls(keys: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(keys[1]))


async def _lookup(host: str, port: int) -> list[str]:
    del port
    return hostile.lookup(host)


def reach(tls: ssl.SSLContext, bird: Canary) -> Reach:
    """Reach the server as it is; every other address, as if it were there, leads to the canary."""

    async def dial(address: str, port: int, timeout: float | None) -> httpcore2.AsyncNetworkStream:
        place = (address, port) if address == HOST else bird.address
        return await dialed(*place, timeout)

    return Reach(tls=tls, resolve=_lookup, dial=dial, seconds=10)


def test_no_hostile_address_is_contacted(tls: ssl.SSLContext, bird: Canary):
    urls = [*hostile.urls(), *hostile.PORTS]
    found = heads(urls, SourceRules(), reach(tls, bird))

    assert len(urls) >= 200
    assert [url for url, answer in found.items() if not isinstance(answer, Silence)] == []
    assert bird.contacts == []


@pytest.mark.thorough
def test_no_redirect_to_a_hostile_address_is_followed(
    server: Hub, tls: ssl.SSLContext, bird: Canary
):
    targets = [
        url for url in (*hostile.urls(), *hostile.PORTS)
        if url.isprintable() and urlsplit(server.address + "/").scheme
    ]  # fmt: skip
    for index, target in enumerate(targets):
        location = target.encode().decode("latin-1")
        server.answers[f"/{index}"] = (302, {"Location": location, "Content-Length": "0"})
    asked = [f"{server.address}/{index}" for index in range(len(targets))]

    found = heads(asked, RULES, reach(tls, bird))

    assert len(targets) >= 200
    assert [one for one in found.values() if isinstance(one, Answer) and one.status == 200] == []
    led = {urlsplit(one.url).hostname for one in found.values() if isinstance(one, Answer)}
    assert led <= {HOST}
    assert bird.contacts == []


def test_a_canary_sees_who_comes(tls: ssl.SSLContext, bird: Canary):
    rules = SourceRules(networks=(ip_network("127.0.0.0/8"),))
    (found,) = heads(["https://127.0.0.1/a.gguf"], rules, reach(tls, bird)).values()

    assert isinstance(found, Silence)
    assert len(bird.contacts) >= 1


def test_a_name_that_means_another_address_a_moment_later_stays_what_it_was(
    server: Hub, tls: ssl.SSLContext, bird: Canary
):
    meanings = iter([[hostile.PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    dialed_to: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        del host, port
        return next(meanings)

    async def dial(address: str, port: int, timeout: float | None) -> httpcore2.AsyncNetworkStream:
        dialed_to.append(address)
        place = (HOST, port) if address == hostile.PUBLIC else bird.address
        return await dialed(*place, timeout)

    rules = SourceRules(ports=frozenset({server.port}))
    urls = [f"https://hub.test:{server.port}/{index}" for index in range(8)]
    found = heads(urls, rules, Reach(tls=tls, resolve=resolve, dial=dial))

    assert [one.status for one in found.values() if isinstance(one, Answer)] == [404] * 8
    assert set(dialed_to) == {hostile.PUBLIC}
    assert {one.host for one in server.requests} == {f"hub.test:{server.port}"}
    assert bird.contacts == []


def test_one_request_without_a_body_tells_size_and_digest(
    server: Hub, tls: ssl.SSLContext, bird: Canary
):
    url = server.file("/o/r/resolve/main/a.gguf", 5_000_000_000, DIGEST)
    (answer,) = heads([url, url], RULES, reach(tls, bird)).values()

    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers["x-linked-size"]) == (302, "5000000000")
    assert [one.method for one in server.requests] == ["HEAD"]


def test_a_redirect_that_tells_nothing_is_followed(server: Hub, tls: ssl.SSLContext, bird: Canary):
    server.answers["/old"] = (307, {"Location": "/new#part", "Content-Length": "10"})
    server.answers["/new"] = (200, {"Content-Length": "77"})
    (answer,) = heads([f"{server.address}/old"], RULES, reach(tls, bird)).values()

    assert answer == Answer(
        url=f"{server.address}/new", status=200, headers={**answer_headers(answer)}
    )
    assert answer_headers(answer)["content-length"] == "77"


def answer_headers(answer: Answer | Silence) -> dict[str, str]:
    assert isinstance(answer, Answer)
    return dict(answer.headers)


def test_redirects_end(server: Hub, tls: ssl.SSLContext, bird: Canary):
    server.answers["/round"] = (302, {"Location": "/round", "Content-Length": "0"})
    (silence,) = heads([f"{server.address}/round"], RULES, reach(tls, bird)).values()

    assert silence == Silence(url=f"{server.address}/round", reason=Reason.HOPS, text="5")
    assert len(server.requests) == 6


def test_a_token_goes_to_its_own_origin_alone(server: Hub, tls: ssl.SSLContext, bird: Canary):
    away = f"https://hub.test:{server.port}/away"
    server.answers["/a"] = (302, {"Location": away, "Content-Length": "0"})
    server.answers["/away"] = (200, {"Content-Length": "7"})
    rules = SourceRules(
        networks=RULES.networks, token="hf_hush", origins=(server.address,),
        ports=frozenset({server.port}),
    )  # fmt: skip

    async def resolve(host: str, port: int) -> list[str]:
        del port
        return [HOST if host == "hub.test" else host]

    reached = Reach(tls=tls, resolve=resolve, dial=reach(tls, bird).dial)
    found = heads([f"{server.address}/a"], rules, reached)

    seen = [(one.path, one.authorization) for one in server.requests]
    assert seen == [("/a", "Bearer hf_hush"), ("/away", None)]
    assert "hf_hush" not in str(found) + str(rules)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_asked(
    name: str, server: Hub, tls: ssl.SSLContext, bird: Canary, monkeypatch: pytest.MonkeyPatch
):
    host, port = bird.address
    monkeypatch.setenv(name, f"http://{host}:{port}")
    (answer,) = heads([f"{server.address}/a"], RULES, reach(tls, bird)).values()

    assert isinstance(answer, Answer)
    assert bird.contacts == []


def test_a_certificate_of_nobody_known_is_said(server: Hub, bird: Canary):
    own = ssl.create_default_context()
    (silence,) = heads([f"{server.address}/a"], RULES, reach(own, bird)).values()

    assert isinstance(silence, Silence)
    assert silence.reason is Reason.CERTIFICATE
    assert server.requests == []


def test_a_server_that_is_not_there_and_one_that_says_nothing_are_told_apart(
    tls: ssl.SSLContext, bird: Canary
):
    (gone,) = heads([f"https://{HOST}:9/a"], RULES, reach(tls, bird)).values()
    rules = SourceRules(networks=(ip_network("127.0.0.0/8"),))

    async def hang(address: str, port: int, timeout: float | None) -> httpcore2.AsyncNetworkStream:
        del address, port, timeout
        raise TimeoutError

    slow = Reach(tls=tls, resolve=_lookup, dial=hang)
    (silent,) = heads(["https://127.0.0.1/a"], rules, slow).values()

    assert isinstance(gone, Silence)
    assert isinstance(silent, Silence)
    assert (gone.reason, silent.reason) == (Reason.CONNECTION, Reason.TIME)


def test_many_are_asked_at_once_and_each_is_told(server: Hub, tls: ssl.SSLContext, bird: Canary):
    urls = [server.file(f"/{index}", index, DIGEST) for index in range(100)]
    told: list[None] = []
    found = heads(urls, RULES, reach(tls, bird), lambda: told.append(None))

    assert list(found) == urls
    assert len(told) == len(server.requests) == 100
