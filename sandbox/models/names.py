"""A name server for pods that ask for a source inside the sandbox, or for Services."""

from __future__ import annotations

import socketserver
import struct
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import cast

# RFC 1035: header of six 16-bit fields; flags of an answer, and of one that says "no such name".
_HEADER = struct.Struct(">6H")
_KNOWN, _UNKNOWN = 0x8580, 0x8583
_ADDRESS_TYPE, _INTERNET = 1, 1
# A name that was asked for in the question, by its place behind the header.
_SAME_NAME = 0xC00C
_SECONDS = 5


# Returns the address of a name, or None where there is no such name.
Find = Callable[[str], IPv4Address | None]


def answer(question: bytes, find: Find) -> bytes:
    """Return the answer to one question: the address of a name, or that there is no such name.

    Raises:
        ValueError: it is no question.
    """
    if len(question) < _HEADER.size:
        raise ValueError("shorter than a header")
    number, _, _, _, _, _ = _HEADER.unpack_from(question)
    asked, end = _name(question)
    kind, _ = struct.unpack_from(">2H", question, end)
    body = question[_HEADER.size : end + 4]
    address = find(asked)
    if address is None:
        return _HEADER.pack(number, _UNKNOWN, 1, 0, 0, 0) + body
    if kind != _ADDRESS_TYPE:
        # The name is there, without an address of this kind, such as IPv6.
        return _HEADER.pack(number, _KNOWN, 1, 0, 0, 0) + body
    record = struct.pack(">3HIH", _SAME_NAME, _ADDRESS_TYPE, _INTERNET, _SECONDS, 4)
    return _HEADER.pack(number, _KNOWN, 1, 1, 0, 0) + body + record + address.packed


def service_of(name: str) -> tuple[str, str] | None:
    """Return namespace and name of the Service that a name means, as pods shorten it or not."""
    labels = name.removesuffix(".cluster.local").split(".")
    return (labels[1], labels[0]) if len(labels) == 3 and labels[2] == "svc" else None


def _name(question: bytes) -> tuple[str, int]:
    """Return the name in a question, and where it ends."""
    labels: list[str] = []
    place = _HEADER.size
    while place < len(question) and (length := question[place]):
        labels.append(question[place + 1 : place + 1 + length].decode("ascii", "replace").lower())
        place += 1 + length
    if place + 5 > len(question):
        raise ValueError("a name without an end")
    return ".".join(labels), place + 1


class NameServer(socketserver.ThreadingUDPServer):
    """Answers on port 53 of an address."""

    allow_reuse_address = True

    def __init__(self, address: IPv4Address, find: Find) -> None:
        """Listen; root only."""
        super().__init__((str(address), 53), _Handler)
        self.find = find


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = cast("NameServer", self.server)
        question, reply = self.request
        try:
            reply.sendto(answer(question, server.find), self.client_address)
        except ValueError:
            return
