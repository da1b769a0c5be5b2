from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.sources.rules import SourceRules
from tests import hostile

MIRROR = SourceRules(networks=(ip_network("10.1.0.0/16"),), ports=frozenset({8443}))
HUB = "https://huggingface.co"


@pytest.mark.parametrize(
    "url",
    [
        "https://huggingface.co/o/r/resolve/main/a.gguf",
        "https://93.184.215.14/a.gguf",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/a.gguf",
        "https://mirror.example:8443/a.gguf",
        "https://cdn.example/a.gguf?signature=x%20y",
    ],
)
def test_a_public_address_is_asked(url: str):
    assert SourceRules().address(url) == ""


def test_a_named_network_is_asked_at_any_port_and_nothing_beside_it():
    assert MIRROR.address("https://10.1.2.3:5000/a.gguf") == ""
    assert MIRROR.address("https://10.2.2.3:5000/a.gguf") == "is not public"
    assert MIRROR.contact(ip_address("10.1.2.3"), 22) == ""


def test_a_public_address_is_asked_at_the_port_of_https_and_those_of_mirrors():
    public = ip_address(hostile.PUBLIC)
    assert MIRROR.contact(public, 443) == MIRROR.contact(public, 8443) == ""
    assert "port 22" in MIRROR.contact(public, 22)
    assert "port 8443" in SourceRules().contact(public, 8443)


@pytest.mark.parametrize("network", ["0.0.0.0/0", "169.254.0.0/16", "168.63.129.16/32"])
def test_no_network_opens_where_credentials_are_handed_out(network: str):
    rules = SourceRules(networks=(ip_network(network), ip_network("::/0")))
    for text in ("169.254.169.254", "168.63.129.16", "fe80::1", "fd00:ec2::254", "100.100.100.200",
                 "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"):  # fmt: skip
        assert "credentials" in rules.contact(ip_address(text), 443)


def test_a_translator_leads_to_public_addresses_alone():
    """RFC 6052: a name server for a network without IPv4 answers with such addresses."""
    prefix = int(IPv6Address("64:ff9b::"))
    public = IPv6Address(prefix + int(IPv4Address(hostile.PUBLIC)))
    private = IPv6Address(prefix + int(IPv4Address("10.0.0.1")))
    assert SourceRules().contact(public, 443) == ""
    assert SourceRules().contact(private, 443) == "is not public"


def test_the_token_is_for_its_origins_and_is_not_shown():
    rules = SourceRules(token="hf_hush", origins=(HUB,))
    assert rules.headers(f"{HUB}/o/r") == {"Authorization": "Bearer hf_hush"}
    for url in (f"{HUB}.example/a", f"{HUB}:8443/a", "http://huggingface.co/a", "https://a/"):
        assert rules.headers(url) == {}
    assert "hush" not in repr(rules)


def test_a_redirect_of_the_hub_tells_enough():
    both = {"x-linked-size": "1", "x-linked-etag": "a"}
    assert SourceRules().is_enough(both)
    assert not any(SourceRules().is_enough({name: "1"}) for name in both)


@given(st.ip_addresses())
def test_what_python_knows_as_not_global_is_never_contacted(address: IPv4Address | IPv6Address):
    if not address.is_global or address.is_multicast:
        assert SourceRules().contact(address, 443) != ""


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://u@", "https://[", "//"]))
def test_any_text_is_judged(text: str, head: str):
    url = head + text
    if not SourceRules().address(url):
        assert url.startswith("https://")
        assert url.isascii()
