"""What `check --sources` may ask: https at public addresses, and networks that were named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from fetch.destination import literal_of, why_not

_HTTPS = 443
_VISIBLE = re.compile(r"[!-~]{1,8192}")


@dataclass(frozen=True, kw_only=True)
class SourceRules:
    """Networks and ports beside the public ones, and the origins that get a token.

    `ports` are those of declared mirrors: a public address at any other port is no file server.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: frozenset[int] = frozenset()
    token: str = field(default="", repr=False)
    origins: Sequence[str] = ()

    def address(self, url: str) -> str:
        """Return why an address may not be asked, before it is resolved; nothing where it may."""
        try:
            parts = urlsplit(url)
            host, port = literal_of(url), parts.port
        except ValueError:
            return "names no host in a form that everyone reads alike"
        if not _VISIBLE.fullmatch(url) or "\\" in url:
            return "holds signs that not everyone reads alike"
        if parts.scheme != "https":
            return "is not https"
        if "@" in parts.netloc:
            return "carries a user name"
        if port == 0:
            return "is at port 0"
        return self.contact(host, port or _HTTPS) if host else ""

    def contact(self, address: IPv4Address | IPv6Address, port: int) -> str:
        """Return why a connection may not be made; nothing where it may."""
        reason = why_not(address, self.networks)
        if reason:
            return reason
        named = any(address in network for network in self.networks)
        known = named or port == _HTTPS or port in self.ports
        return "" if known else f"is asked at port {port}, where no source is"

    def headers(self, url: str) -> Mapping[str, str]:
        """Return the token's header for its own origins, and none for any other."""
        if self.token and _origin(url) in self.origins:
            return {"Authorization": f"Bearer {self.token}"}
        return {}

    def is_enough(self, headers: Mapping[str, str]) -> bool:
        """Return whether a redirect tells both size and digest, as the hub's does.

        What follows is a signed address that answers to GET alone.
        """
        return "x-linked-size" in headers and "x-linked-etag" in headers


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
