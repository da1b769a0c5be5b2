"""Connects to the very addresses that were judged: a name is resolved once, and then stays."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import cast

import httpcore2

# Seconds for an address that has another one behind it, such as IPv6 where it leads nowhere.
_PATIENCE = 5.0

Resolve = Callable[[str, int], Awaitable[list[str]]]
Dial = Callable[[str, int, float | None], Awaitable[httpcore2.AsyncNetworkStream]]
Judge = Callable[[IPv4Address | IPv6Address, int], str]


class RefusedContactError(Exception):
    """A host has an address that may not be contacted; the text says which and why."""


class UnknownNameError(Exception):
    """A host has no address; the text is the resolver's."""


async def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system resolves it."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def dialed(address: str, port: int, timeout: float | None) -> httpcore2.AsyncNetworkStream:
    """Return a connection to an address."""
    # Its type is open: it depends on a package that comes along.
    backend = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())
    return await backend.connect_tcp(address, port, timeout)


class Pinned(httpcore2.AsyncNetworkBackend):
    """A network in which each connection goes to an address that `judge` lets pass.

    TLS above it still asks for the certificate of the name.
    """

    def __init__(self, judge: Judge, resolve: Resolve = resolved, dial: Dial = dialed) -> None:
        self.judge, self.resolve, self.dial = judge, resolve, dial
        self.turns: dict[tuple[str, int], asyncio.Lock] = {}
        self.known: dict[tuple[str, int], list[str] | Exception] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Return a connection to the first address of a host that answers.

        Raises:
            RefusedContactError: one of its addresses may not be contacted.
            UnknownNameError: it has none.
        """
        del local_address, socket_options
        addresses = await self._addresses(host, port)
        for address in addresses[:-1]:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await self.dial(address, port, _PATIENCE)
        return await self.dial(addresses[-1], port, timeout)

    async def _addresses(self, host: str, port: int) -> list[str]:
        async with self.turns.setdefault((host, port), asyncio.Lock()):
            if (host, port) not in self.known:
                self.known[host, port] = await self._judged(host, port)
        found = self.known[host, port]
        if isinstance(found, Exception):
            raise found
        return found

    async def _judged(self, host: str, port: int) -> list[str] | Exception:
        try:
            found = await self.resolve(host, port)
        except OSError as error:
            return UnknownNameError(error.strerror or str(error))
        for each in found:
            reason = self.judge(ip_address(each.partition("%")[0]), port)
            if reason:
                return RefusedContactError(f"is {each}, which {reason}")
        return found or UnknownNameError("it has no address")
