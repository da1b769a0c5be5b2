"""Which addresses a file may be fetched from: public ones, and those of networks that are named.

Standard library only, and no other module of the program: settings, network policies and the tool's
rules read these tables, too.
"""

import re
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Translators put the IPv4 address they reach into the last 32 bits (RFC 6052).
NAT64 = IPv6Network("64:ff9b::/96")
_MAPPED = IPv6Network("::ffff:0:0/96")


def translated(network: IPv4Network) -> IPv6Network:
    """Return the network that a translator reaches a network of IPv4 by."""
    return IPv6Network((int(NAT64[0]) + int(network[0]), NAT64.prefixlen + network.prefixlen))


# Where clouds hand out a node's credentials or its settings: no named network opens these. The
# first is most clouds' (169.254.169.254), AWS's for ECS (169.254.170.2) and EKS (169.254.170.23),
# Tencent's (169.254.0.23) and Scaleway's (169.254.42.42); the others are Azure's, which is a public
# address, Alibaba's of RFC 6598, and Oracle's of RFC 6890.
_METADATA_V4 = tuple(
    map(
        IPv4Network,
        ("169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"),
    )
)
# OpenStack's; AWS's of EC2 and of EKS; Google's; Oracle's; Scaleway's; Akamai's; Alibaba's.
_METADATA_V6 = tuple(
    map(
        IPv6Network,
        ("fe80::/10", "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128",
         "fd00:c1::a9fe:a9fe/128", "fd00:42::42/128", "fd00:a9fe:a9fe::1/128",
         "fd00:100::100:200/128"),
    )
)  # fmt: skip
METADATA: tuple[Network, ...] = (*_METADATA_V4, *_METADATA_V6, *map(translated, _METADATA_V4))
# No peer has these: unspecified, loopback, multicast and broadcast.
_NOBODY_V4 = tuple(
    map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32"))
)
_NOBODY: tuple[Network, ...] = (
    *_NOBODY_V4, *map(translated, _NOBODY_V4), IPv6Network("::/127"), IPv6Network("ff00::/8"),
)  # fmt: skip
# IPv4 in other clothes, which routers and translators take off in ways that differ: compatible,
# mapped, translated (RFC 2765), local translators (RFC 8215), Teredo and 6to4.
_DISGUISED = tuple(
    map(
        IPv6Network,
        ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"),
    )
)
# IANA's registries of special-purpose addresses (RFC 6890), with multicast and class E. Spelled
# out, since `is_global` differs between releases of Python.
SPECIAL_V4 = tuple(
    map(
        IPv4Network,
        ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12",
         "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
         "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)  # fmt: skip
# Of IPv6, only this is handed out to networks; within it, some blocks are not.
GLOBAL_V6 = IPv6Network("2000::/3")
SPECIAL_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_-]{1,63})*\Z")
# What inet_aton and browsers take for an IPv4 address: the last label is a number.
_NUMBER = re.compile(r"(\A|.*\.)([0-9]+|0x[0-9a-f]*)\.?\Z")


def why_not(address: Address, allowed: Sequence[Network] = ()) -> str:
    """Return why an address may not be contacted, in words; nothing where it may."""
    plain = _plain(address)
    if any(_within(plain, network) for network in METADATA):
        return "is where a node's credentials are handed out"
    if any(_within(one, network) for network in allowed for one in {address, plain}):
        return ""
    return "" if _is_public(plain) else "is not public"


def why_never(network: Network) -> str:
    """Return why a network may not be named as a place to reach, in words; nothing where it may.

    One forbidden address in it is enough: a policy that leaves it out says what nobody reads.
    """
    for places, why in (
        (METADATA, "where a node's credentials are handed out"),
        (_NOBODY, "which is no other machine's"),
        (_DISGUISED, "which hides addresses of IPv4"),
    ):
        for place in places:
            if _overlaps(network, place):
                return f"reaches {place}, {why}"
    return ""


def literal_of(url: str) -> Address | None:
    """Return the address that an URL's host is, or None where it is a name.

    Raises:
        ValueError: there is no host, or one that hides which.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    # Between brackets, only IPv6 addresses are read alike by everyone.
    if ("[" in parts.netloc) != (":" in host):
        raise ValueError("is no host")
    return literal(host)


def literal(host: str) -> Address | None:
    """Return the address that a host is, or None where it is a name.

    Raises:
        ValueError: it is neither, or an address in a form that hides which one.
    """
    if ":" in host:
        found = IPv6Address(host)
        if found.scope_id or found in _MAPPED:
            raise ValueError("hides an address")
        return found
    if _NUMBER.match(host.lower()):
        return IPv4Address(host)
    if not _NAME.match(host.lower()):
        raise ValueError("is no host")
    # RFC 6761: these never leave the machine, whoever resolves them.
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return ip_address("127.0.0.1")
    return None


def _plain(address: Address) -> Address:
    if isinstance(address, IPv6Address) and (address in NAT64 or address in _MAPPED):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in SPECIAL_V4)
    return address in GLOBAL_V6 and not any(address in network for network in SPECIAL_V6)


def is_within(inner: Network, outer: Network) -> bool:
    """Return whether every address of a network is in another one, or they are the same."""
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _overlaps(one: Network, other: Network) -> bool:
    return is_within(one, other) or is_within(other, one)


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
