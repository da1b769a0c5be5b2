from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fetch.destination import is_within
from settings.access.network import DnsSettings, Network
from tests.samples import settings

FORBIDDEN = {
    "AWS": "169.254.169.254", "AWS of ECS": "169.254.170.2", "AWS of EKS": "169.254.170.23",
    "AWS by IPv6": "fd00:ec2::254", "AWS of EKS by IPv6": "fd00:ec2::23",
    "Google by IPv6": "fd20:ce::254", "Azure": "168.63.129.16", "Oracle": "192.0.0.192",
    "Oracle by IPv6": "fd00:c1::a9fe:a9fe", "Alibaba": "100.100.100.200",
    "Alibaba by IPv6": "fd00:100::100:200", "Tencent": "169.254.0.23", "Scaleway": "169.254.42.42",
    "Scaleway by IPv6": "fd00:42::42", "Akamai by IPv6": "fd00:a9fe:a9fe::1",
    "OpenStack by IPv6": "fe80::a9fe:a9fe", "loopback": "127.0.0.1", "loopback by IPv6": "::1",
    "unspecified": "0.0.0.1", "multicast": "224.0.0.1", "broadcast": "255.255.255.255",
}  # fmt: skip
# How IPv6 carries an address of IPv4: where its bits begin, from the right.
DISGUISES = {
    "compatible": ("::", 0), "mapped": ("::ffff:0:0", 0), "SIIT": ("::ffff:0:0:0", 0),
    "NAT64": ("64:ff9b::", 0), "local NAT64": ("64:ff9b:1::", 0), "6to4": ("2002::", 80),
    "Teredo": ("2001::", 64),
}  # fmt: skip
ADAPTER: TypeAdapter[str] = TypeAdapter(Network)


def disguised(address: IPv4Address, form: str) -> IPv6Address:
    prefix, shift = DISGUISES[form]
    return IPv6Address(int(IPv6Address(prefix)) | int(address) << shift)


@pytest.mark.parametrize(
    ("network", "kept"),
    [("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.1", "10.0.0.1/32"), ("FD12::/16", "fd12::/16")],
)
def test_a_source_is_kept_as_a_network(network: str, kept: str):
    assert settings(network={"sources": [network]}).network.sources == (kept,)


@pytest.mark.parametrize("network", ["10.1.2.3/16", "10.0.0.0/33", "010.0.0.0/8", "a", "", 10])
def test_what_is_no_network_is_refused(network: object):
    with pytest.raises(ValidationError, match=r"network\.sources\.0"):
        settings(network={"sources": [network]})


@given(st.sampled_from([*FORBIDDEN.values()]), st.integers(0, 128))
def test_no_network_is_named_that_holds_a_forbidden_address(address: str, prefix: int):
    found = ip_address(address)
    around = ip_network((found, min(prefix, found.max_prefixlen)), strict=False)

    with pytest.raises(ValidationError, match="reaches"):
        ADAPTER.validate_python(str(around))


@given(st.sampled_from([*FORBIDDEN.values()]), st.sampled_from([*DISGUISES]), st.integers(0, 128))
def test_nor_one_that_holds_it_in_another_form(address: str, form: str, prefix: int):
    found = ip_address(address)
    hidden = disguised(found, form) if isinstance(found, IPv4Address) else found

    with pytest.raises(ValidationError, match="reaches"):
        ADAPTER.validate_python(str(ip_network((hidden, prefix), strict=False)))


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "64:ff9b::/96", "::ffff:a00:0/104"])
def test_no_source_is_the_whole_world(network: str):
    with pytest.raises(ValidationError, match=r"network\.sources\.0"):
        settings(network={"sources": [network]})


@pytest.mark.parametrize(
    "network", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd12::/16", "64:ff9b::a00:0/104"]
)
def test_private_networks_may_be_named_also_behind_a_translator(network: str):
    assert settings(network={"sources": [network]}).network.sources == (network,)


@pytest.mark.parametrize(
    "address", ["169.254.20.10", "169.254.169.254", "168.63.129.16", "fd00::a"]
)
def test_a_name_server_may_be_a_nodes_or_a_clouds(address: str):
    assert DnsSettings.model_validate({"addresses": [address]}).addresses == (address,)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"addresses": ["127.0.0.53"]}, "no other machine's"),
        ({"addresses": ["::ffff:10.0.0.10"]}, "hides addresses"),
        ({"addresses": ["10.0.0.0/8"]}, "is not an address"),
        ({"addresses": ["dns.example.com"]}, "is not an address"),
        ({"addresses": ["169.254.169.254"], "port": 80}, "credentials"),
        ({"pods": {}}, "at least 1"),
    ],
)
def test_what_is_no_name_server_is_refused(fields: dict[str, Any], why: str):
    with pytest.raises(ValidationError, match=why):
        DnsSettings.model_validate(fields)


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [("10.0.0.0/8", "10.0.0.0/8", True), ("10.1.0.0/16", "10.0.0.0/8", True),
     ("10.0.0.0/8", "10.1.0.0/16", False), ("::/0", "0.0.0.0/0", False)],
)  # fmt: skip
def test_a_network_is_within_another_of_its_kind(inner: str, outer: str, within: bool):
    assert is_within(ip_network(inner), ip_network(outer)) is within
