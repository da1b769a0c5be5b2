"""The host of an address that Jobs or Argo CD ask: anything but where credentials are given out."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from documents.validation import contradiction
from settings.network import METADATA

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
