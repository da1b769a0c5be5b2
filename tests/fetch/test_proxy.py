"""A proxy from the command line is a tunnel; one from the environment is not looked at."""

from collections.abc import Generator

import pytest

from fetch.source import Route
from tests.fetch.conftest import SecureServer
from tests.fetch.tunnel_proxy import TunnelProxy, proxying
from tests.fetch.volume import Volume, gguf

TOKEN = "hf_verysecret"


@pytest.fixture
def proxy() -> Generator[TunnelProxy]:
    with proxying() as running:
        yield running


def secured(volume: Volume, secure: SecureServer) -> dict[str, object]:
    """Declare one file behind TLS and return its entry."""
    entry = volume.entry("a.gguf", gguf(5000))
    secure.server.files = volume.server.files
    entry["url"] = secure.server.url("/a.gguf")
    volume.declare(entry)
    return entry


def test_a_proxy_sees_the_host_and_neither_the_path_nor_the_token(
    volume: Volume, secure: SecureServer, proxy: TunnelProxy
):
    entry = secured(volume, secure)
    done = volume.fetch(
        "--proxy", proxy.url, SSL_CERT_FILE=str(secure.authority), HF_TOKEN=TOKEN,
        HF_ENDPOINT=secure.server.url(""),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert volume.path(entry).read_bytes() == gguf(5000)
    ((verb, place, headers),) = proxy.asked
    assert (verb, place) == ("CONNECT", f"127.0.0.1:{secure.server.server_address[1]}")
    assert TOKEN not in str(headers)
    assert secure.server.seen[0].authorization == f"Bearer {TOKEN}"


def test_behind_a_proxy_a_certificate_is_checked_all_the_same(
    volume: Volume, secure: SecureServer, proxy: TunnelProxy
):
    secured(volume, secure)
    done = volume.fetch("--proxy", proxy.url)
    assert (done.returncode, "certificate is not trusted" in done.stderr) == (3, True)


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_asked(
    volume: Volume, secure: SecureServer, proxy: TunnelProxy, name: str
):
    secured(volume, secure)
    env = {name: proxy.url, "SSL_CERT_FILE": str(secure.authority)}
    assert volume.fetch(**env).returncode == 0
    assert proxy.asked == []


def test_an_exception_of_the_environment_does_not_go_around_the_proxy(
    volume: Volume, secure: SecureServer, proxy: TunnelProxy
):
    secured(volume, secure)
    env = {"no_proxy": "*", "NO_PROXY": "*", "SSL_CERT_FILE": str(secure.authority)}
    assert volume.fetch("--proxy", proxy.url, **env).returncode == 0
    assert len(proxy.asked) == 1


def test_a_proxy_that_refuses_is_said_and_tried_again(
    volume: Volume, secure: SecureServer, proxy: TunnelProxy
):
    secured(volume, secure)
    proxy.refuse = True
    done = volume.fetch("--proxy", proxy.url, SSL_CERT_FILE=str(secure.authority))
    assert (done.returncode, "403" in done.stderr) == (1, True)
    assert f"through the proxy {proxy.url.removeprefix('http://')}" in done.stderr
    assert len(proxy.asked) == 2


@pytest.mark.parametrize(
    "text", ["https://p:1", "http://u:secret@p:1", "http://p", "p:1", "http://p:1/x", ""]
)
def test_what_is_no_proxy_is_wrong_usage(volume: Volume, text: str):
    volume.declare(volume.entry("a.gguf", gguf(100)))
    done = volume.fetch("--proxy", text)
    assert (done.returncode, "must be http://host:port" in done.stderr) == (2, True)
    assert volume.server.seen == []


@pytest.mark.parametrize(
    ("url", "through"),
    [
        ("https://huggingface.co/a", True),
        ("https://corp/a", False),
        ("https://hf.corp/a", False),
        ("https://hf.corp:8443/a", False),
        ("https://nocorp/a", True),
        ("https://corp.evil.example/a", True),
        ("https://mirror/a", False),
        ("https://x.mirror/a", False),
        ("http://huggingface.co/a", False),
    ],
)
def test_direct_hosts_and_those_of_direct_domains_are_reached_without_it(url: str, through: bool):
    route = Route(proxy="proxy:3128", direct=(".corp", "mirror"))
    assert route.through(url) == ("proxy:3128" if through else None)
