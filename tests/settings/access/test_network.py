from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from settings.access.network import is_within
from tests.samples import settings


@pytest.mark.parametrize(
    ("network", "kept"),
    [("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.1", "10.0.0.1/32"), ("FD00::/8", "fd00::/8")],
)
def test_a_source_is_kept_as_a_network(network: str, kept: str):
    assert settings(network={"sources": [network]}).network.sources == (kept,)


@pytest.mark.parametrize("network", ["10.1.2.3/16", "10.0.0.0/33", "010.0.0.0/8", "a", "", 10])
def test_what_is_no_network_is_refused(network: object):
    with pytest.raises(ValidationError, match=r"network\.sources\.0"):
        settings(network={"sources": [network]})


@pytest.mark.parametrize(
    "network",
    ["169.254.0.0/16", "169.254.169.254", "fe80::/64", "fd00:ec2::254", "168.63.129.16/32",
     "100.100.100.200", "192.0.0.192", "64:ff9b::a9fe:0/120"],
)  # fmt: skip
def test_no_source_is_where_a_nodes_credentials_are(network: str):
    with pytest.raises(ValidationError, match="credentials"):
        settings(network={"sources": [network]})


def test_a_wide_source_is_kept_for_its_policy_to_leave_them_out():
    assert settings(network={"sources": ["0.0.0.0/0"]}).network.sources == ("0.0.0.0/0",)


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [("10.0.0.0/8", "10.0.0.0/8", True), ("10.1.0.0/16", "10.0.0.0/8", True),
     ("10.0.0.0/8", "10.1.0.0/16", False), ("::/0", "0.0.0.0/0", False)],
)  # fmt: skip
def test_a_network_is_within_another_of_its_kind(inner: str, outer: str, within: bool):
    assert is_within(ip_network(inner), ip_network(outer)) is within
