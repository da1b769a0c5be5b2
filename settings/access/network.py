"""The host of an address that Jobs or Argo CD ask: anything but where credentials are given out."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from documents.validation import contradiction
from fetch.destination import METADATA
from settings.base import Settings
from settings.names import Label


def _network(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError:
        raise contradiction(f"{text!r:.60} is not a network", "write it as 10.1.0.0/16") from None
    if any(is_within(network, place) for place in METADATA):
        raise contradiction(f"{network} is where a node's credentials are handed out", "delete it")
    return str(network)


def is_within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    """Return whether every address of a network is in another one, or they are the same."""
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


Network = Annotated[str, AfterValidator(_network)]


class NetworkSettings(Settings):
    """Who may call the servers, and where weights and engines may be fetched from."""

    clients: tuple[Label, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Namespaces whose pods may call the servers, beside the stack's own.",
    )
    sources: tuple[Network, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Networks to fetch from; every public address if absent.",
    )


_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)\Z")
_METADATA_NAMES = re.compile(r"metadata(\.google\.internal|\.goog)?|instance-data(\..*)?")
_CREDENTIALS = ("names where a node's credentials are handed out", "use the address of a server")


def asked_host(url: str) -> str:
    """Return an address as it is.

    Raises:
        PydanticCustomError: its host hides which one it is, or hands out credentials.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        numeric = ":" in host or _NUMBER.match(host.rpartition(".")[2])
        found = ip_address(host) if numeric else None
    except ValueError:
        raise contradiction(
            "hides the number of its machine", "write it as 10.1.2.3, or use its name"
        ) from None
    if not host.isascii() or not host.isprintable():
        raise contradiction("names its host in other letters", "use its plain name")
    if _METADATA_NAMES.fullmatch(host) or (found and _is_metadata(found)):
        raise contradiction(*_CREDENTIALS)
    return url


def _is_metadata(address: IPv4Address | IPv6Address) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain.version == place.version and plain in place for place in METADATA)
