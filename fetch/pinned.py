"""Connects to the very address that was checked: a name cannot mean another one a moment later."""

import socket
import ssl
from collections.abc import Sequence
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from typing import Any, cast
from urllib.request import HTTPHandler, HTTPSHandler, Request

from fetch.destination import Network, why_not
from fetch.weight_set import WeightsError

CURE = "use a public source, or name its network in localai:network.sources"


def addresses(host: str, port: int, allowed: Sequence[Network]) -> list[str]:
    """Return the addresses of a host; raise WeightsError if one of them may not be contacted."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    known = list(dict.fromkeys(str(each[4][0]) for each in found))
    for each in known:
        reason = why_not(ip_address(each.partition("%")[0]), allowed)
        if reason or "%" in each:
            raise WeightsError(f"{host}: {each} {reason or 'is link-local'}: {CURE}.")
    return known


def connect(host: str, port: int, timeout: float, allowed: Sequence[Network]) -> socket.socket:
    """Return a connection to one of a host's checked addresses; raise OSError if none answers."""
    problem = OSError(f"{host} has no address")
    known = addresses(host, port, allowed)
    for each in known:
        try:
            # One that is away leaves time for the others.
            made = socket.create_connection((each, port), timeout / len(known))
            made.settimeout(timeout)
            return made
        except OSError as failed:
            problem = failed
    raise problem


class PinnedConnection(HTTPConnection):
    """A connection in clear to a checked address."""

    def __init__(self, host: str, *, allowed: Sequence[Network], **known: Any) -> None:
        super().__init__(host, **known)
        self.allowed = allowed

    def connect(self) -> None:
        """Connect."""
        self.sock = connect(self.host, self.port, cast("float", self.timeout), self.allowed)


class PinnedSecureConnection(HTTPSConnection):
    """A connection over TLS to a checked address; the certificate is that of the name."""

    def __init__(self, host: str, *, allowed: Sequence[Network], **known: Any) -> None:
        self.tls = ssl.create_default_context()
        super().__init__(host, context=self.tls, **known)
        self.allowed = allowed

    def connect(self) -> None:
        """Connect and shake hands."""
        sock = connect(self.host, self.port, cast("float", self.timeout), self.allowed)
        self.sock = self.tls.wrap_socket(sock, server_hostname=self.host)


class PinnedHandler(HTTPHandler):
    """Opens http addresses over checked connections."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        super().__init__()
        self.made = partial(PinnedConnection, allowed=allowed)

    def http_open(self, req: Request) -> HTTPResponse:
        """Send one request."""
        return self.do_open(self.made, req)


class PinnedSecureHandler(HTTPSHandler):
    """Opens https addresses over checked connections."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        super().__init__()
        self.made = partial(PinnedSecureConnection, allowed=allowed)

    def https_open(self, req: Request) -> HTTPResponse:
        """Send one request."""
        return self.do_open(self.made, req)
